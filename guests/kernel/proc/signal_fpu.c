/*
 * x87 and SSE registers in a signal frame: struct _fpstate, which is FNSAVE's image (28 bytes of environment, eight
 * registers of 10 bytes), status word and a word that says whether FXSAVE's image follows (0) or not (FFFFh). A handler
 * may change either part: x87 comes back from the old image, MXCSR and XMM from the new one. Source: SDM volume 1, 8.1.10
 * and 10.5.1; the two images differ in how they tell which registers are empty.
 */
#include "../lib/string.h"
#include "../mm/user.h"
#include "fpu.h"
#include "signal_frame.h"
#include "task.h"

#define OLD_SIZE 112u
#define MAGIC_OLD_ONLY 0xffffu
#define MXCSR_BITS 0xffbfu   /* when the image names none: all but DAZ */

struct old_image {
    u32 control, status, tags, ip, cs_opcode, data, data_segment;
    u8 registers[8][10];
    u16 status_copy, magic;
};

struct fx_image {
    u16 control, status;
    u8 tags, zero;
    u16 opcode;
    u32 ip;
    u32 cs, data, data_segment;
    u32 mxcsr, mxcsr_mask;
    u8 registers[8][16];
    u8 xmm[352];
};

_Static_assert(sizeof(struct old_image) == OLD_SIZE && sizeof(struct fx_image) == 512, "struct _fpstate: layout");

/* Two bits a register: 0 valid, 1 zero, 2 special, 3 empty. */
static u32 tag_of(const u8 *value)
{
    u32 exponent = (value[8] | value[9] << 8) & 0x7fff, low, high;
    memcpy(&low, value, 4);
    memcpy(&high, value + 4, 4);
    if (exponent == 0x7fff)
        return 2;
    if (!exponent)
        return low | high ? 2 : 1;
    return high >> 31 ? 0 : 2;
}

static void to_old(struct old_image *old, const struct fx_image *fx)
{
    u32 top = fx->status >> 11 & 7, tags = 0;
    for (u32 i = 0; i < 8; i++) {
        tags |= (fx->tags >> i & 1 ? tag_of(fx->registers[(i - top) & 7]) : 3u) << 2 * i;
        memcpy(old->registers[i], fx->registers[i], 10);
    }
    old->control = 0xffff0000 | fx->control;
    old->status = 0xffff0000 | fx->status;
    old->tags = 0xffff0000 | tags;
    old->ip = fx->ip;
    old->cs_opcode = (fx->cs & 0xffff) | (u32)fx->opcode << 16;
    old->data = fx->data;
    old->data_segment = 0xffff0000 | fx->data_segment;
    old->status_copy = fx->status;
    old->magic = 0;
}

static void from_old(struct fx_image *fx, const struct old_image *old)
{
    fx->control = (u16)old->control;
    fx->status = (u16)old->status;
    fx->tags = 0;
    for (u32 i = 0; i < 8; i++) {
        fx->tags |= (u8)((old->tags >> 2 * i & 3) != 3) << i;
        memcpy(fx->registers[i], old->registers[i], 10);
    }
    fx->ip = old->ip;
    fx->cs = old->cs_opcode & 0xffff;
    fx->opcode = (u16)(old->cs_opcode >> 16);
    fx->data = old->data;
    fx->data_segment = old->data_segment & 0xffff;
}

s32 push_fpstate(u32 at)
{
    struct old_image old;
    fpu_store(current);
    if (fpu_has_fxsave()) {
        to_old(&old, (const struct fx_image *)current->fpu);
        if (copy_to_user(at + OLD_SIZE, current->fpu, sizeof current->fpu))
            return -EFAULT;
    } else {
        memcpy(&old, current->fpu, 108);
        old.status_copy = (u16)old.status;
        old.magic = MAGIC_OLD_ONLY;
    }
    return copy_to_user(at, &old, sizeof old);
}

s32 pop_fpstate(u32 at)
{
    struct old_image old;
    struct fx_image *fx = (struct fx_image *)current->fpu;
    if (copy_from_user(&old, at, sizeof old))
        return -EFAULT;
    if (fpu_has_fxsave()) {
        fpu_store(current);
        u32 mask = fx->mxcsr_mask ? fx->mxcsr_mask : MXCSR_BITS;
        if (old.magic != MAGIC_OLD_ONLY && copy_from_user(fx, at + OLD_SIZE, sizeof *fx)) {
            fpu_store(current);
            return -EFAULT;
        }
        fx->mxcsr &= mask;   /* a reserved bit would fault on loading */
        from_old(fx, &old);
    } else
        memcpy(current->fpu, &old, 108);
    fpu_load(current);
    return 0;
}
