/* Whose the programs are: user and group 1000, all of them. */
#pragma once

#define USER_ID 1000
