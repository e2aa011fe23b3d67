/* Page faults on user addresses. */
#pragma once
#include "../types.h"

/** What became of a fault: 0 served; else the signal it deserves. */
u32 serve_fault(u32 address, u32 error);
