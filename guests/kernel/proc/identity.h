/* Who the caller is, for files: the effective user and group, and for access() the real ones. */
#pragma once
#include "../sys/credentials.h"
#include "../types.h"

static inline u32 identity_user(void) { return USER_ID; }
static inline u32 identity_group(void) { return USER_ID; }
static inline u32 identity_real_user(void) { return USER_ID; }
static inline int identity_in_group(u32 group) { return group == USER_ID; }
static inline int identity_in_real_group(u32 group) { return group == USER_ID; }
