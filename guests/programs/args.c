/* Prints what the kernel put on the stack: argv, the environment, the auxiliary vector. */
#include <stdio.h>
#include <sys/auxv.h>

static const char *name_of(unsigned long type) {
  switch (type) {
    case AT_PHDR: return "AT_PHDR";
    case AT_PHENT: return "AT_PHENT";
    case AT_PHNUM: return "AT_PHNUM";
    case AT_PAGESZ: return "AT_PAGESZ";
    case AT_BASE: return "AT_BASE";
    case AT_FLAGS: return "AT_FLAGS";
    case AT_ENTRY: return "AT_ENTRY";
    case AT_UID: return "AT_UID";
    case AT_EUID: return "AT_EUID";
    case AT_GID: return "AT_GID";
    case AT_EGID: return "AT_EGID";
    case AT_PLATFORM: return "AT_PLATFORM";
    case AT_HWCAP: return "AT_HWCAP";
    case AT_CLKTCK: return "AT_CLKTCK";
    case AT_SECURE: return "AT_SECURE";
    case AT_RANDOM: return "AT_RANDOM";
    case AT_EXECFN: return "AT_EXECFN";
    default: return "";
  }
}

int main(int argc, char **argv, char **envp) {
  printf("argc %d\n", argc);
  for (int i = 0; i < argc; i++) printf("argv[%d] \"%s\"\n", i, argv[i]);
  for (int i = 0; envp[i]; i++) printf("envp[%d] \"%s\"\n", i, envp[i]);
  for (const struct auxv *entry = __auxv; entry->type != AT_NULL; entry++) {
    int is_text = entry->type == AT_PLATFORM || entry->type == AT_EXECFN;
    printf("auxv %3lu %-12s %#lx%s%s\n", entry->type, name_of(entry->type), entry->value, is_text ? " " : "",
           is_text ? (const char *)entry->value : "");
  }
  return 0;
}
