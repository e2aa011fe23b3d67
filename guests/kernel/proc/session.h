/* Process groups and sessions. */
#pragma once
#include "task.h"

/** A process has ended: groups that nobody can continue any more are told so. */
void session_lost_member(struct process *process);
