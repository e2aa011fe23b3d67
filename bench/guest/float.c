/*
 * Floating point in doubles, compiled twice: UNIT is x87 (-mfpmath=387) or sse2 (-mfpmath=sse). A product of 32x32
 * matrices, a dot product of 1,024 numbers, and the Sun with four planets (the Computer Language Benchmarks Game's n-body).
 *
 * Sums of the first two are kept in registers, so they give the same bits from any compiler. The planets' energy is
 * rounded to nine digits instead: there, what stays in an 80-bit register is the compiler's choice.
 */
#include "workload.h"

#define PASTE(name, unit) name##_##unit
#define NAMED(name, unit) PASTE(name, unit)
#define NAME(name) NAMED(name, UNIT)

#define SIDE 32
#define LENGTH 1024

#define a ((double(*)[SIDE])arena)
#define b (a + SIDE)
#define product (a + 2 * SIDE)

void NAME(matrix_prepare)(void)
{
    for (u32 i = 0, seed = 1; i < SIDE; i++) {
        for (u32 j = 0; j < SIDE; j++) {
            a[i][j] = (double)(s32)(next_random(&seed) & 0xffff) / 3;
            b[i][j] = 1 / (double)(s32)(i + j + 1);
        }
    }
}

static u32 bits(double x)
{
    union {
        double number;
        u32 words[2];
    } u = {x};
    return mix(u.words[0], u.words[1]);
}

u32 NAME(matrix_run)(u32 count)
{
    u32 sum = 0;
    while (count--) {
        for (u32 i = 0; i < SIDE; i++) {
            for (u32 j = 0; j < SIDE; j++) {
                double x = 0;
                for (u32 k = 0; k < SIDE; k++)
                    x += a[i][k] * b[k][j];
                product[i][j] = x;
            }
        }
        a[count % SIDE][0] += 1;
        sum = mix(sum, bits(product[count % SIDE][SIDE - 1]));
    }
    return sum;
}

#define left ((double *)arena)
#define right (left + LENGTH)

void NAME(dot_prepare)(void)
{
    for (u32 i = 0; i < LENGTH; i++) {
        left[i] = (double)(s32)(i + 1) / 7;
        right[i] = 1 / (double)(s32)(3 * i + 1);
    }
}

static OPAQUE double dot(const double *x, const double *y, u32 n)
{
    double sum = 0;
    for (u32 i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

u32 NAME(dot_run)(u32 count)
{
    u32 sum = 0;
    while (count--) {
        sum = mix(sum, bits(dot(left, right, LENGTH)));
        left[count % LENGTH] += 0.125;
    }
    return sum;
}

struct body {
    double x, y, z, vx, vy, vz, mass;
};

#define DAYS 365.24
#define SOLAR_MASS (4 * 3.141592653589793 * 3.141592653589793)
static const struct body initial[] = {
    {0, 0, 0, 0, 0, 0, SOLAR_MASS},
    {4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03 * DAYS,
     7.69901118419740425e-03 * DAYS, -6.90460016972063023e-05 * DAYS, 9.54791938424326609e-04 * SOLAR_MASS},
    {8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411947e-03 * DAYS,
     4.99852801234917238e-03 * DAYS, 2.30417297573763929e-05 * DAYS, 2.85885980666130812e-04 * SOLAR_MASS},
    {1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03 * DAYS,
     2.37847173959480950e-03 * DAYS, -2.96589568540237556e-05 * DAYS, 4.36624404335156298e-05 * SOLAR_MASS},
    {1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03 * DAYS,
     1.62824170038242295e-03 * DAYS, -9.51592254519715870e-05 * DAYS, 5.15138902046611451e-05 * SOLAR_MASS},
};
#define BODIES COUNT(initial)
#define bodies ((struct body *)arena)

void NAME(nbody_prepare)(void)
{
    double px = 0, py = 0, pz = 0;
    for (u32 i = 0; i < BODIES; i++) {
        bodies[i] = initial[i];
        px += bodies[i].vx * bodies[i].mass;
        py += bodies[i].vy * bodies[i].mass;
        pz += bodies[i].vz * bodies[i].mass;
    }
    bodies[0].vx = -px / SOLAR_MASS;
    bodies[0].vy = -py / SOLAR_MASS;
    bodies[0].vz = -pz / SOLAR_MASS;
}

static OPAQUE void advance(double dt)
{
    for (u32 i = 0; i < BODIES; i++) {
        struct body *p = &bodies[i];
        for (u32 j = i + 1; j < BODIES; j++) {
            struct body *q = &bodies[j];
            double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
            double square = dx * dx + dy * dy + dz * dz;
            double pull = dt / (square * __builtin_sqrt(square));
            p->vx -= dx * q->mass * pull;
            p->vy -= dy * q->mass * pull;
            p->vz -= dz * q->mass * pull;
            q->vx += dx * p->mass * pull;
            q->vy += dy * p->mass * pull;
            q->vz += dz * p->mass * pull;
        }
    }
    for (u32 i = 0; i < BODIES; i++) {
        struct body *p = &bodies[i];
        p->x += dt * p->vx;
        p->y += dt * p->vy;
        p->z += dt * p->vz;
    }
}

static double energy(void)
{
    double e = 0;
    for (u32 i = 0; i < BODIES; i++) {
        const struct body *p = &bodies[i];
        e += 0.5 * p->mass * (p->vx * p->vx + p->vy * p->vy + p->vz * p->vz);
        for (u32 j = i + 1; j < BODIES; j++) {
            const struct body *q = &bodies[j];
            double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
            e -= p->mass * q->mass / __builtin_sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return e;
}

/* Units of 1e-9 below zero: 169,087,605 after 1,000 steps, as published. */
u32 NAME(nbody_run)(u32 count)
{
    while (count--)
        advance(0.01);
    return (u32)(s32)(energy() * -1e9 + 0.5);
}
