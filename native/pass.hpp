// The fused pass: joint densities, softmax and moments of each block, so that rows are read once and
// responsibilities never leave the cache.
#pragma once

#include "bounded.hpp"
#include "incomplete.hpp"
#include "potentials.hpp"
#include "pruning.hpp"

namespace mixtura::MIXTURA_ISA {

// Below this many features and components a density costs less than to find out whether it matters.
constexpr std::int64_t features_to_prune = 8, components_to_prune = 4;

template <class T, class Row>
class Worker {
public:
    explicit Worker(const Task& task)
        : task_(task), tiles_(task), index_(uninitialized<std::int64_t>(tiles_.width())) {
        const Mixture& m = task.mixture;
        const bool prunes = task.assignment.is_open() && !task.answers.responsibilities &&
                            !tiles_.pools() && m.n_features >= features_to_prune &&
                            m.n_components >= components_to_prune;
        if (prunes || task.assignment.labels) lists_.emplace(task, tiles_);
    }

    void run(std::int64_t first, std::int64_t last, Sums& sums, const KeepGoing& keep_going) {
        const std::int64_t block = lists_ ? lists_->size() : tiles_.width();
        if (lists_) lists_->restart();
        for (std::int64_t row = first; row < last && keep_going(); row += block) {
            const std::int64_t n = std::min(block, last - row);
            if (!lists_)
                run_tile(row, static_cast<int>(n), sums);
            else if (task_.assignment.labels)
                lists_->run_labelled(row, n, sums);
            else
                lists_->run(row, n, sums);
        }
        tiles_.finish_chunk(sums);
    }

private:
    void run_tile(std::int64_t row, int n, Sums& sums) {
        const std::int64_t d = task_.mixture.n_features;
        for (int b = 0; b < n; ++b) index_[b] = row + b;
        const int width = tiles_.read([=](int b) { return row + b; }, n, d);
        if (task_.assignment.is_open()) {
            tiles_.join(width, d, tiles_.joint());
            tiles_.finish(index_.get(), n, width, sums);
        } else {
            tiles_.finish_assigned(index_.get(), n, width, sums);
        }
    }

    const Task& task_;
    Tiles<T, Row> tiles_;
    std::optional<Pruning<T, Row>> lists_;
    Buffer<std::int64_t> index_;
};

template <class W>
constexpr WorkerKind kind_of() {
    return {[](const Task& task) -> void* { return new W(task); },
            [](void* worker, std::int64_t first, std::int64_t last, Sums& sums,
               const KeepGoing& keep_going) {
                static_cast<W*>(worker)->run(first, last, sums, keep_going);
            },
            [](void* worker) { delete static_cast<W*>(worker); }};
}

template <class Row>
WorkerKind worker_over(const Task& task) {
    switch (task.act) {
        case Act::nearest:
            return task.nearest.gaps ? kind_of<BoundedWorker<Row>>() : kind_of<NearestWorker<Row>>();
        case Act::potentials: return kind_of<PotentialsWorker<Row>>();
        default:
            if (!task.patterns.any) return kind_of<Worker<double, Row>>();
            switch (task.mixture.storage) {
                case Storage::dense: return kind_of<IncompleteWorker<Row, ExpectedDense>>();
                case Storage::low_rank: return kind_of<IncompleteWorker<Row, ExpectedLowRank>>();
                default: return kind_of<IncompleteWorker<Row, ExpectedIndependent>>();
            }
    }
}

// What does the passes on this instruction set; the build compiles it under the name of each.
WorkerKind worker_for(const Task& task) {
    if (!task.rows.is_float) return worker_over<double>(task);
    return task.single && !task.patterns.any ? kind_of<Worker<float, float>>() : worker_over<float>(task);
}

}  // namespace mixtura::MIXTURA_ISA
