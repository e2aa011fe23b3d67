/* Whose the programs are: root, all of them. The machine is theirs. */
#pragma once

#define USER_ID 0u
