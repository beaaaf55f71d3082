// A pass on several threads. Rows are cut into chunks whose number depends on the shape of the
// problem alone, each chunk has sums of its own, and they are added in the chunks' order: the result
// is the same to the bit for any number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "problem.hpp"

namespace mixtura {

constexpr std::int64_t max_chunks = 64;
constexpr std::int64_t max_partial_bytes = std::int64_t(256) << 20;
constexpr std::int64_t tiles_in_a_chunk = 8;         // at the least: small problems are one chunk
constexpr std::int64_t rows_for_a_component = 64;    // less than that, and adding up takes longest
constexpr double flops_for_a_thread = 4e6;           // less is done sooner than a thread is started
constexpr std::chrono::milliseconds between_looks{100};  // at whether to stop

struct OwnSums {
    std::vector<double> counts, sums, scatter;
    double log_likelihood = 0;

    OwnSums(const Task& task)
        : counts(task.mixture.n_components),
          sums(task.need == Need::none ? 0
                                       : task.mixture.n_components * task.mixture.n_features),
          scatter(scatter_size(task)) {}

    Sums view() { return {counts.data(), sums.data(), scatter.data(), log_likelihood}; }

    void clear() {
        for (auto* values : {&counts, &sums, &scatter}) std::fill(values->begin(), values->end(), 0);
        log_likelihood = 0;
    }

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
    const double products = 4 * d * static_cast<double>(task.mixture.n_axes + task.n_projections);
    return k * (20 + (dense ? 2 * d * d : 8 * d) + products);
}

template <class F>
KeepGoing asking(F& f) {
    return {[](void* context) -> bool { return (*static_cast<F*>(context))(); }, &f};
}

// Adds the sums of chunks in the chunks' order, whatever order they are done in, and lends out their
// memory again.
class OrderedTotal {
public:
    OrderedTotal(const Task& task, std::int64_t n_chunks)
        : task_(task), total_(task), done_(n_chunks) {}

    std::unique_ptr<OwnSums> lend() {
        std::lock_guard<std::mutex> lock(mutex_);
        if (free_.empty()) return std::make_unique<OwnSums>(task_);
        std::unique_ptr<OwnSums> sums = std::move(free_.back());
        free_.pop_back();
        return sums;
    }

    void take(std::int64_t chunk, std::unique_ptr<OwnSums> sums) {
        std::lock_guard<std::mutex> lock(mutex_);
        done_[chunk] = std::move(sums);
        for (; next_ < done_.size() && done_[next_]; ++next_) {
            total_ += *done_[next_];
            done_[next_]->clear();
            free_.push_back(std::move(done_[next_]));
        }
    }

    OwnSums& total() { return total_; }

private:
    const Task& task_;
    OwnSums total_;
    std::vector<std::unique_ptr<OwnSums>> done_, free_;
    std::size_t next_ = 0;
    std::mutex mutex_;
};

inline std::int64_t rows_in_a_chunk(const Task& task) {
    const Mixture& m = task.mixture;
    const std::int64_t tile = tile_rows(m.n_features);
    const std::int64_t partial_bytes =
        8 * (1 + m.n_components * (1 + m.n_features) +
             scatter_size(task));
    const std::int64_t most =
        std::clamp<std::int64_t>(max_partial_bytes / partial_bytes, 1, max_chunks);
    return round_up(std::max({(task.rows.n + most - 1) / most, tiles_in_a_chunk * tile,
                              rows_for_a_component * m.n_components}),
                    tile);
}

// Threads that do the same work until it is done, one of them fails, or the caller is interrupted:
// the calling thread asks that now and then.
class Crew {
public:
    explicit Crew(const std::function<bool()>& interrupted) : interrupted_(interrupted) {}

    // `work` is told how to ask whether to stop. Where a thread fails, so does the caller.
    template <class Work>
    void work(int n_threads, const Work& work) {
        auto guarded = [&](auto stopped) {
            try {
                work(stopped);
            } catch (...) {
                std::lock_guard<std::mutex> lock(failing_);
                failure_ = std::current_exception();
                stop_ = true;
            }
        };
        std::vector<std::thread> threads;
        threads.reserve(n_threads);
        for (int t = 1; t < n_threads; ++t) {
            try {
                threads.emplace_back(guarded, [this] { return stop_.load(); });
            } catch (const std::system_error&) {
                break;  // the system grants no more threads: fewer do the same work
            }
        }
        guarded([this] { return looks(); });
        for (auto& thread : threads) thread.join();
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    bool looks() {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_look_ > between_looks) {
            last_look_ = now;
            if (interrupted_()) stop_ = true;
        }
        return stop_;
    }

    const std::function<bool()>& interrupted_;
    std::chrono::steady_clock::time_point last_look_ = std::chrono::steady_clock::now();
    std::atomic<bool> stop_{false};
    std::exception_ptr failure_;
    std::mutex failing_;
};

// `interrupted` ends the pass where it says so.
inline OwnSums run(const Task& task, const WorkerKind& worker, int n_threads,
                   const std::function<bool()>& interrupted) {
    const std::int64_t n = task.rows.n, chunk = rows_in_a_chunk(task);
    const std::int64_t n_chunks = std::max<std::int64_t>(1, (n + chunk - 1) / chunk);
    const double most_threads = static_cast<double>(std::min<std::int64_t>(n_threads, n_chunks));
    n_threads = static_cast<int>(std::clamp(
        static_cast<double>(n) * flops_per_row(task) / flops_for_a_thread, 1.0, most_threads));

    OrderedTotal total(task, n_chunks);
    std::atomic<std::int64_t> next{0};
    Crew(interrupted).work(n_threads, [&](const auto& stopped) {
        auto goes_on = [&] { return !stopped(); };
        const KeepGoing keep_going = asking(goes_on);
        const std::unique_ptr<void, void (*)(void*)> own(worker.create(task), worker.destroy);
        for (std::int64_t c; keep_going() && (c = next++) < n_chunks;) {
            std::unique_ptr<OwnSums> sums = total.lend();
            Sums view = sums->view();
            worker.run(own.get(), c * chunk, std::min(n, (c + 1) * chunk), view, keep_going);
            sums->log_likelihood = view.log_likelihood;
            total.take(c, std::move(sums));
        }
    });
    return std::move(total.total());
}

}  // namespace mixtura
