/* What the kernel refuses with, and the signals it ends processes by. */
#pragma once

#include "../abi/errno.h"
#include "../abi/signal.h"
