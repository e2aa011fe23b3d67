#ifndef ERRNO_H
#define ERRNO_H

#include "../../abi/errno.h"

extern int errno;

#endif
