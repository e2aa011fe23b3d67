/* Process groups and sessions. */
#pragma once
#include "task.h"

/** A member of the group has lost its parent, or has ended: if nobody can continue what is stopped there any more, it is told so. */
void group_lost_parent(u32 group);
