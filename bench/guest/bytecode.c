/*
 * A bytecode interpreter with computed goto, as scripting languages have them: every operation ends in an indirect
 * jump. Its program finds the lengths of Collatz sequences from 1 to 500 and keeps a histogram.
 *
 *   word: bits 0-7 operation, 8-15 register a, 16-31 register b or a number; the target of a jump is the next word
 */
#include "workload.h"

enum { LOAD, MOVE, ADD, ADD_NUMBER, TRIPLE, HALVE, AND_NUMBER, JUMP, JUMP_ZERO, JUMP_LESS, COUNT_UP, HALT };
enum { N, LIMIT, X, BIT, LENGTH, TOTAL, REGISTERS };

#define OP(op, a, b) ((op) | (a) << 8 | (u32)(b) << 16)

static const u32 collatz[] = {
    /*  0 */ OP(LOAD, N, 1),
    /*  1 */ OP(LOAD, LIMIT, 500),
    /*  2 */ OP(LOAD, TOTAL, 0),
    /*  3 */ OP(MOVE, X, N),
    /*  4 */ OP(LOAD, LENGTH, 0),
    /*  5 */ OP(MOVE, BIT, X),
    /*  6 */ OP(ADD_NUMBER, BIT, -1),
    /*  7 */ OP(JUMP_ZERO, BIT, 0), 20,
    /*  9 */ OP(MOVE, BIT, X),
    /* 10 */ OP(AND_NUMBER, BIT, 1),
    /* 11 */ OP(JUMP_ZERO, BIT, 0), 16,
    /* 13 */ OP(TRIPLE, X, 0),
    /* 14 */ OP(JUMP, 0, 0), 17,
    /* 16 */ OP(HALVE, X, 0),
    /* 17 */ OP(ADD_NUMBER, LENGTH, 1),
    /* 18 */ OP(JUMP, 0, 0), 5,
    /* 20 */ OP(COUNT_UP, LENGTH, 0),
    /* 21 */ OP(ADD, TOTAL, LENGTH),
    /* 22 */ OP(ADD_NUMBER, N, 1),
    /* 23 */ OP(JUMP_LESS, N, LIMIT), 3,
    /* 25 */ OP(HALT, TOTAL, 0),
};

static u32 histogram[256];

static OPAQUE u32 interpret(const u32 *program)
{
    static const void *const handlers[] = {
        &&load, &&move, &&add, &&add_number, &&triple, &&halve, &&and_number, &&jump, &&jump_zero, &&jump_less, &&count_up, &&halt,
    };
    u32 r[REGISTERS] = {0};
    const u32 *at = program;
    u32 word;
#define A r[word >> 8 & 0xff]
#define B r[word >> 16]
#define NUMBER ((s32)word >> 16)
#define NEXT \
    word = *at++; \
    goto *handlers[word & 0xff]
    NEXT;
load:
    A = (u32)NUMBER;
    NEXT;
move:
    A = B;
    NEXT;
add:
    A += B;
    NEXT;
add_number:
    A += (u32)NUMBER;
    NEXT;
triple:
    A = 3 * A + 1;
    NEXT;
halve:
    A >>= 1;
    NEXT;
and_number:
    A &= (u32)NUMBER;
    NEXT;
jump:
    at = program + *at;
    NEXT;
jump_zero:
    at = A == 0 ? program + *at : at + 1;
    NEXT;
jump_less:
    at = A < B ? program + *at : at + 1;
    NEXT;
count_up:
    histogram[A & 0xff]++;
    NEXT;
halt:
    return A;
}

u32 bytecode_run(u32 count)
{
    u32 sum = 0;
    while (count--)
        sum = mix(sum, interpret(collatz));
    for (u32 i = 0; i < COUNT(histogram); i++)
        sum = mix(sum, histogram[i]);
    return sum;
}
