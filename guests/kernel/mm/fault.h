/* Page faults on user addresses. */
#pragma once
#include "../proc/signal.h"

/** What became of a fault: number 0 when it was served, else the signal it deserves. SIGKILL: out of memory, and it was chosen. */
struct signal_info serve_fault(u32 address, u32 error);
