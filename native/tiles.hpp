// Tiles of rows that go through every stage as a whole: read, joint densities, softmax, moments.
#pragma once

#include <optional>

#include "densities.hpp"
#include "pooled.hpp"
#include "projected.hpp"
#include "softmax.hpp"

namespace mixtura::MIXTURA_ISA {

// `Row` is the type of the rows, T that of the arithmetic.
template <class T, class Row>
class Tiles {
    static constexpr int lanes = Lanes<T>::n;

public:
    explicit Tiles(const Task& task)
        : task_(task),
          m_(task.mixture),
          k_(m_.n_components),
          d_(m_.n_features),
          width_(static_cast<int>(tile_rows(d_))),
          densities_(m_, task.assignment.is_open()),
          accumulator_(task),
          softmax_(task, width_),
          x_(uninitialized<T>(d_ * pitch<T>(width_))),
          joint_(uninitialized<T>(k_ * pitch<T>(width_))) {
        if (densities_.whitens_once() && PooledScatter<T>::pays(task)) pooled_.emplace(task);
        if (task.need == Need::projected) projected_.emplace(task);
    }

    int width() const { return width_; }
    T* joint() { return joint_.get(); }
    bool pools() const { return pooled_.has_value(); }
    std::int64_t prefix(std::int64_t h) const { return densities_.prefix(h); }

    // The first h features of n rows, in whole vectors of lanes; returns how many lanes they are.
    template <class RowOf>
    int read(RowOf row_of, int n, std::int64_t h) {
        const int padded = static_cast<int>(round_up(n, lanes));
        transpose<Row, T>(task_.rows, row_of, n, padded, h, x_.get());
        return padded;
    }

    // The same for `add_moments_of`, of all features.
    template <class RowOf>
    int read_for_moments(RowOf row_of, int n) {
        if (!accumulator_.products()) return read(row_of, n, d_);
        accumulator_.products()->template read<Row>(task_.rows, row_of, n);
        return static_cast<int>(round_up(n, lanes));
    }

    // The joint log-densities of all components, (K, width), or bounds of them where h < d.
    void join(int width, std::int64_t h, T* joint) {
        densities_.prepare(x_.get(), width, h);
        for (std::int64_t k = 0; k < k_; ++k)
            densities_.joint(k, x_.get(), width, h, joint + k * pitch<T>(width));
    }

    // The same of one component, (width,).
    void join_one(std::int64_t k, int width, std::int64_t h) {
        densities_.prepare(x_.get(), width, h);
        densities_.joint(k, x_.get(), width, h, joint_.get());
    }

    // From the rows that are read and joined to the end; row b is index[b].
    void finish(const std::int64_t* index, int n, int width, Sums& sums) {
        softmax_.run(joint_.get(), index, n, width, sums);
        add_moments(index, n, width, sums);
    }

    // With given responsibilities in place of the mixture's.
    void finish_assigned(const std::int64_t* index, int n, int width, Sums& sums) {
        softmax_.take_given(joint_.get(), index, n, width);
        add_moments(index, n, width, sums);
    }

    // What is left to the end of a chunk.
    void finish_chunk(Sums& sums) {
        if (pooled_) pooled_->finish(sums);
    }

    // The moments of the rows that are read, for one component with weights w.
    void add_moments_of(std::int64_t k, const T* w, int width, Sums& sums) {
        if (projected_)
            projected_->add(k, w, x_.get(), width, sums);
        else
            accumulator_.add(k, w, x_.get(), width, sums);
    }

private:
    void add_moments(const std::int64_t* index, int n, int width, Sums& sums) {
        if (task_.need == Need::none) return;
        if (accumulator_.products() && !pooled_) read_for_moments([=](int b) { return index[b]; }, n);
        for (std::int64_t k = 0; k < k_; ++k) {
            const T* w = joint_.get() + k * pitch<T>(width);
            if (!std::any_of(w, w + width, [](T r) { return r != 0; })) continue;
            if (pooled_)
                accumulator_.add_without_scatter(k, w, x_.get(), width, sums);
            else
                add_moments_of(k, w, width, sums);
        }
        if (pooled_) pooled_->add(joint_.get(), x_.get(), width, sums);
    }

    const Task& task_;
    const Mixture& m_;
    std::int64_t k_, d_;
    int width_;
    Densities<T> densities_;
    Accumulator<T> accumulator_;
    std::optional<PooledScatter<T>> pooled_;
    std::optional<ProjectedMoments<T>> projected_;
    Softmax<T> softmax_;
    Buffer<T> x_, joint_;
};

}  // namespace mixtura::MIXTURA_ISA
