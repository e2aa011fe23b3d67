/* Never ends: for instruction budgets and time limits. */
int main(void) {
  for (volatile unsigned turns = 0;; turns++) continue;
}
