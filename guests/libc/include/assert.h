/* assert: ends the program by SIGABRT, after a message on stderr, when its condition is false. Off with NDEBUG. */
#undef assert

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : __assert_failed(#condition, __FILE__, __LINE__, __func__))
#endif

#ifndef ASSERT_H
#define ASSERT_H
void __assert_failed(const char *condition, const char *file, int line, const char *function) __attribute__((noreturn));
#endif
