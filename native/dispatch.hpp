// Which instruction sets this machine can run, the best first.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "problem.hpp"

namespace mixtura {

#if defined(MIXTURA_X86)
namespace avx512 { WorkerKind worker_for(const Task&); }
namespace avx2 { WorkerKind worker_for(const Task&); }
#endif
namespace baseline { WorkerKind worker_for(const Task&); }

using WorkerFor = WorkerKind (*)(const Task&);

inline std::vector<std::pair<std::string, WorkerFor>> find_instruction_sets() {
    std::vector<std::pair<std::string, WorkerFor>> sets;
#if defined(MIXTURA_X86)
    __builtin_cpu_init();
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq"))
        sets.emplace_back("avx512", avx512::worker_for);
    if (has_avx2) sets.emplace_back("avx2", avx2::worker_for);
#endif
    sets.emplace_back("baseline", baseline::worker_for);
    return sets;
}

inline const std::vector<std::pair<std::string, WorkerFor>>& instruction_sets() {
    static const auto found = find_instruction_sets();
    return found;
}

}  // namespace mixtura
