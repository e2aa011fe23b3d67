/* A game that reads standard input line by line: guess a number from 1 to 100. The number comes from the argument. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  long secret = argc > 1 ? strtol(argv[1], NULL, 10) : 42;
  char line[80];
  for (int tries = 1;; tries++) {
    printf("your guess? ");
    if (!fgets(line, sizeof line, stdin)) {
      puts("\nno more guesses");
      return 1;
    }
    char *end;
    long guess = strtol(line, &end, 10);
    if (end == line) puts("a number, please");
    else if (guess < secret) puts("more");
    else if (guess > secret) puts("less");
    else {
      printf("right, after %d\n", tries);
      return 0;
    }
  }
}
