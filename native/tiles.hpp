// Tiles of rows that go through every stage as a whole: read, joint densities, softmax, moments.
#pragma once

#include <optional>

#include "answers.hpp"
#include "densities.hpp"
#include "pooled.hpp"
#include "projected.hpp"

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
          per_row_(width_),
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

    // The largest over components for each lane.
    void find_largest(const T* joint, int width, T* largest) const {
        for (int b = 0; b < width; b += lanes) {
            Vec<T> best = load<T>(joint + b);
            for (std::int64_t k = 1; k < k_; ++k)
                best = maximum<T>(best, load<T>(joint + k * pitch<T>(width) + b));
            store<T>(largest + b, best);
        }
    }

    // The component of the largest for each lane, the first of equals.
    void find_labels(const T* joint, int width, const T* largest, std::int32_t* labels) const {
        for (std::int64_t k = k_ - 1; k >= 0; --k)
            for (int b = 0; b < width; ++b)
                if (joint[k * pitch<T>(width) + b] == largest[b])
                    labels[b] = static_cast<std::int32_t>(k);
    }

    // From the rows that are read and joined to the end; row b is index[b].
    void finish(const std::int64_t* index, int n, int width, Sums& sums) {
        softmax(index, n, width, sums);
        add_moments(index, n, width, sums);
    }

    // With given responsibilities in place of the mixture's.
    void finish_assigned(const std::int64_t* index, int n, int width, Sums& sums) {
        std::fill_n(joint_.get(), k_ * pitch<T>(width), T(0));
        for (int b = 0; b < n; ++b) {
            const double weight = weight_of(task_, index[b]);
            const double* given = task_.assignment.responsibilities + index[b] * k_;
            for (std::int64_t k = 0; k < k_; ++k)
                joint_[k * pitch<T>(width) + b] = static_cast<T>(weight * given[k]);
        }
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
    // joint becomes the responsibilities times the sample weights; log p(x) is added up.
    void softmax(const std::int64_t* index, int n, int width, Sums& sums) {
        T* joint = joint_.get();
        find_largest(joint, width, per_row_.largest.get());
        if (task_.answers.labels)
            find_labels(joint, width, per_row_.largest.get(), per_row_.label.get());
        for (int b = 0; b < width; b += lanes) {
            // So that rows which are nowhere give exp(-inf) = 0, not NaN.
            const Vec<T> largest = maximum<T>(load<T>(per_row_.largest.get() + b),
                                              broadcast<T>(std::numeric_limits<T>::lowest()));
            Vec<T> total{};
            for (std::int64_t k = 0; k < k_; ++k) {
                T* at = joint + k * pitch<T>(width) + b;
                const Vec<T> e = exp_nonpositive<T>(load<T>(at) - largest);
                store<T>(at, e);
                total += e;
            }
            store<T>(per_row_.total.get() + b, total);
        }
        for (int b = 0; b < width; ++b)
            if (per_row_.total[b] == 0) give_weights_to(b, width);
        fill_weights(task_, index, n, width, per_row_.weight.get());
        finish_rows<T>(task_, index, n, per_row_, sums);
        std::fill_n(per_row_.factor.get() + n, width - n, T(0));
        for (int b = 0; b < width; b += lanes) {
            const Vec<T> factor = load<T>(per_row_.factor.get() + b);
            for (std::int64_t k = 0; k < k_; ++k) {
                T* at = joint + k * pitch<T>(width) + b;
                store<T>(at, load<T>(at) * factor);
            }
        }
        if (task_.answers.responsibilities)
            for (int b = 0; b < n; ++b)
                for (std::int64_t k = 0; k < k_; ++k)
                    task_.answers.responsibilities[index[b] * k_ + k] = joint[k * pitch<T>(width) + b];
    }

    // A row so far out that all densities are 0 tells nothing: it gets the weights.
    void give_weights_to(int b, int width) {
        for (std::int64_t k = 0; k < k_; ++k)
            joint_[k * pitch<T>(width) + b] = static_cast<T>(m_.weights[k]);
        per_row_.total[b] = 1;
    }

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
    PerRow<T> per_row_;
    Buffer<T> x_, joint_;
};

}  // namespace mixtura::MIXTURA_ISA
