// From joint log-densities to responsibilities: exp(joint - largest) / total, times the sample weight.
#pragma once

#include "answers.hpp"

namespace mixtura::MIXTURA_ISA {

// The largest over components for each lane.
template <class T>
void find_largest(const T* joint, std::int64_t n_components, int width, T* largest) {
    for (int b = 0; b < width; b += Lanes<T>::n) {
        Vec<T> best = load<T>(joint + b);
        for (std::int64_t k = 1; k < n_components; ++k)
            best = maximum<T>(best, load<T>(joint + k * pitch<T>(width) + b));
        store<T>(largest + b, best);
    }
}

// The component of the largest for each lane, the first of equals.
template <class T>
void find_labels(const T* joint, std::int64_t n_components, int width, const T* largest,
                 std::int32_t* labels) {
    for (std::int64_t k = n_components - 1; k >= 0; --k)
        for (int b = 0; b < width; ++b)
            if (joint[k * pitch<T>(width) + b] == largest[b]) labels[b] = static_cast<std::int32_t>(k);
}

template <class T>
class Softmax {
    static constexpr int lanes = Lanes<T>::n;

public:
    Softmax(const Task& task, int width)
        : task_(task), k_(task.mixture.n_components), per_row_(width) {}

    // joint (K, width) becomes the responsibilities times the sample weights; log p(x) is added up.
    // Row b of n is index[b].
    void run(T* joint, const std::int64_t* index, int n, int width, Sums& sums) {
        find_largest<T>(joint, k_, width, per_row_.largest.get());
        if (task_.answers.labels)
            find_labels<T>(joint, k_, width, per_row_.largest.get(), per_row_.label.get());
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
            if (per_row_.total[b] == 0) give_weights_to(joint, b, width);
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

    // The same from responsibilities that are given.
    void take_given(T* joint, const std::int64_t* index, int n, int width) const {
        std::fill_n(joint, k_ * pitch<T>(width), T(0));
        const Assignment& given = task_.assignment;
        for (int b = 0; b < n; ++b) {
            const double weight = weight_of(task_, index[b]);
            for (std::int64_t k = 0; k < k_; ++k)
                joint[k * pitch<T>(width) + b] =
                    static_cast<T>(weight * (given.labels ? given.labels[index[b]] == k
                                                          : given.responsibilities[index[b] * k_ + k]));
        }
    }

private:
    // A row so far out that all densities are 0 tells nothing: it gets the weights.
    void give_weights_to(T* joint, int b, int width) {
        for (std::int64_t k = 0; k < k_; ++k)
            joint[k * pitch<T>(width) + b] = static_cast<T>(task_.mixture.weights[k]);
        per_row_.total[b] = 1;
    }

    const Task& task_;
    std::int64_t k_;
    PerRow<T> per_row_;
};

}  // namespace mixtura::MIXTURA_ISA
