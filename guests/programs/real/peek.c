/*
 * 1978: no protection. A pointer is a physical address, and reading through it always works; 0x02ad happens to lie in
 * the interrupt vector table (vector 0xAB is at 0x2AC). fault/low.c is the same read under paging.
 * Prints by the BIOS, INT 10h AH=0Eh; the exit status is the low byte read.
 */

static void put_character(char c) {
  __asm__ volatile("int $0x10" : : "a"(0x0E00 | (unsigned char)c), "b"(7) : "cc", "memory");
}

static void put_text(const char *text) {
  while (*text) put_character(*text++);
}

static void put_hexadecimal(unsigned value) {
  for (int shift = 28; shift >= 0; shift -= 4) put_character("0123456789abcdef"[value >> shift & 15]);
}

int main(void) {
  int *volatile p = (int *)0x02ad;
  int value = *p;
  put_text("*(int *)0x02ad = 0x");
  put_hexadecimal(value);
  put_text(", no fault\r\n");
  return value;
}
