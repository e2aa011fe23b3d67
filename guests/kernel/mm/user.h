/* The program's memory, as a system call reaches it. Nothing it says about addresses is believed. */
#pragma once
#include "../types.h"

/** 0, or -EFAULT when some byte of the range cannot be written (read) by the program itself. */
s32 copy_to_user(u32 to, const void *from, u32 count);
s32 copy_from_user(void *to, u32 from, u32 count);
s32 clear_user(u32 to, u32 count);
/** Length of the string copied, without its NUL; -EFAULT; -ENAMETOOLONG when there is no NUL in `size` bytes. */
s32 string_from_user(char *to, u32 from, u32 size);
