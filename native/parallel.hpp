// A pass on several threads. Rows are cut into chunks whose number depends on the shape of the
// problem alone, each chunk has sums of its own, and they are added in the chunks' order: the result
// is the same to the bit for any number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "problem.hpp"

namespace mixtura {

constexpr std::int64_t max_chunks = 64;
constexpr std::int64_t max_partial_bytes = std::int64_t(256) << 20;
constexpr std::int64_t tiles_in_a_chunk = 8;   // at the least, so that small problems are one chunk
constexpr double flops_in_a_slice = 1e8;       // between looks at whether to stop
constexpr double flops_for_a_thread = 4e6;     // less is done sooner than a thread is started

struct OwnSums {
    std::vector<double> counts, sums, scatter;
    double log_likelihood = 0;

    OwnSums(const Task& task)
        : counts(task.mixture.n_components),
          sums(task.need == Need::none ? 0
                                       : task.mixture.n_components * task.mixture.n_features),
          scatter(scatter_size(task.need, task.mixture.n_components, task.mixture.n_features)) {}

    Sums view() { return {counts.data(), sums.data(), scatter.data(), log_likelihood}; }

    void operator+=(const OwnSums& other) {
        auto add = [](std::vector<double>& to, const std::vector<double>& from) {
            for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
        };
        add(counts, other.counts);
        add(sums, other.sums);
        add(scatter, other.scatter);
        log_likelihood += other.log_likelihood;
    }
};

inline double flops_per_row(const Task& task) {
    const double k = static_cast<double>(task.mixture.n_components);
    const double d = static_cast<double>(task.mixture.n_features);
    const bool dense = task.mixture.storage == Storage::dense || task.need == Need::full ||
                       task.need == Need::pooled;
    return k * (20 + (dense ? 2 * d * d : 8 * d));
}

inline std::int64_t round_up(std::int64_t n, std::int64_t multiple) {
    return (n + multiple - 1) / multiple * multiple;
}

// `interrupted` is asked by the calling thread now and then, and ends the pass where it says so.
inline OwnSums run(const Task& task, Pass pass, int n_threads,
                   const std::function<bool()>& interrupted) {
    const std::int64_t n = task.rows.n, tile = tile_rows(task.mixture.n_features);
    const std::int64_t partial_bytes =
        8 * (1 + task.mixture.n_components * (1 + task.mixture.n_features)) +
        8 * scatter_size(task.need, task.mixture.n_components, task.mixture.n_features);
    const std::int64_t most =
        std::clamp<std::int64_t>(max_partial_bytes / partial_bytes, 1, max_chunks);
    const std::int64_t chunk =
        std::max(round_up((n + most - 1) / most, tile), tiles_in_a_chunk * tile);
    const std::int64_t n_chunks = std::max<std::int64_t>(1, (n + chunk - 1) / chunk);
    const double flops = flops_per_row(task);
    const std::int64_t slice = std::max(
        tile, static_cast<std::int64_t>(flops_in_a_slice / flops) / tile * tile);
    const double most_threads = static_cast<double>(std::min<std::int64_t>(n_threads, n_chunks));
    n_threads = static_cast<int>(std::clamp(n * flops / flops_for_a_thread, 1.0, most_threads));

    std::vector<OwnSums> partials;
    partials.reserve(n_chunks);
    for (std::int64_t c = 0; c < n_chunks; ++c) partials.emplace_back(task);

    std::atomic<std::int64_t> next{0};
    std::atomic<bool> stop{false};
    std::exception_ptr failure;
    std::mutex failing;

    auto work = [&](bool is_caller) {
        using clock = std::chrono::steady_clock;
        auto last_look = clock::now();
        try {
            for (std::int64_t c; !stop && (c = next++) < n_chunks;) {
                Sums sums = partials[c].view();
                const std::int64_t end = std::min(n, (c + 1) * chunk);
                for (std::int64_t row = c * chunk; row < end && !stop; row += slice) {
                    pass(task, row, std::min(row + slice, end), sums);
                    if (is_caller && clock::now() - last_look > std::chrono::milliseconds(100)) {
                        last_look = clock::now();
                        if (interrupted()) stop = true;
                    }
                }
                partials[c].log_likelihood = sums.log_likelihood;
            }
        } catch (...) {
            std::lock_guard<std::mutex> lock(failing);
            failure = std::current_exception();
            stop = true;
        }
    };

    std::vector<std::thread> threads;
    threads.reserve(n_threads);
    for (int t = 1; t < n_threads; ++t) {
        try {
            threads.emplace_back(work, false);
        } catch (const std::system_error&) {
            break;  // the system grants no more threads: fewer do the same work
        }
    }
    work(true);
    for (auto& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);

    for (std::int64_t c = 1; c < n_chunks; ++c) partials[0] += partials[c];
    return std::move(partials[0]);
}

}  // namespace mixtura
