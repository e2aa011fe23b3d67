/* The integer types, by width; i386: a pointer is a u32. */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef u32 size_t;

#define NULL ((void *)0)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
