/* A program of any student's: doubles printed, read and computed by an unmodified glibc. Its output is compared with the host's own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
  volatile double x = 2.0, y = 0.1, zero = 0.0;
  printf("%f %g %e\n", sqrt(x), y * 3, 1.0 / 3);
  printf("%.17g %.17g %.17g %.17g\n", sin(1.0 + y), exp(x), pow(x, 0.5 + y), log(x + y));
  printf("%.17g %.17g %.17g\n", cos(1e22 * y * 10), tan(x), atan2(y, -x));
  printf("%.17g %a\n", strtod("3.14159265358979323846", 0), strtod("1e-320", 0));
  printf("%Lf %.20Lg %La\n", 1.0L / 3, 2.0L / 3, sqrtl(2.0L));
  printf("%.20Lg %.20Lg %.20Lg\n", logl(10.0L), fmodl(1e30L, 7.0L), ldexpl(1.0L, -16440));
  double sum = 0;
  float single = 0;
  for (int i = 1; i < 1000; i++) {
    sum += 1.0 / i;
    single += 1.0f / i;
  }
  printf("%.17g %d %lld %.9g\n", sum, (int)(sum * 1000), (long long)(sum * 1e15), single);
  printf("%f %f %f %e %f\n", x / zero, -x / zero, zero / zero, 4.9e-324, floor(-2.5) + ceil(2.1) + rint(2.5));
  return isnan(zero / zero) && x / zero == INFINITY ? 0 : 1;
}
