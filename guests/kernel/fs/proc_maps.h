/* /proc/self/maps. */
#pragma once
#include "file.h"

extern const struct file_operations maps_operations;
