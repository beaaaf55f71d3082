// Which instruction sets this machine can run, the best first.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "problem.hpp"

namespace mixtura {

#if defined(MIXTURA_X86)
namespace avx512 { void pass(const Task&, std::int64_t, std::int64_t, Sums&); }
namespace avx2 { void pass(const Task&, std::int64_t, std::int64_t, Sums&); }
#endif
namespace baseline { void pass(const Task&, std::int64_t, std::int64_t, Sums&); }

inline std::vector<std::pair<std::string, Pass>> find_instruction_sets() {
    std::vector<std::pair<std::string, Pass>> sets;
#if defined(MIXTURA_X86)
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        sets.emplace_back("avx512", avx512::pass);
    if (has_avx2) sets.emplace_back("avx2", avx2::pass);
#endif
    sets.emplace_back("baseline", baseline::pass);
    return sets;
}

inline const std::vector<std::pair<std::string, Pass>>& instruction_sets() {
    static const auto found = find_instruction_sets();
    return found;
}

}  // namespace mixtura
