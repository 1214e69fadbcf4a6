#pragma once
#include <asm/unistd.h>

#define SYS_gettid __NR_gettid
