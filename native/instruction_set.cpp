// Compiled once for each instruction set, with MIXTURA_ISA naming it.
#include "pass.hpp"
