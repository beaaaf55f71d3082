// The fused pass: for each tile of rows distances, log-densities, softmax and moments, so that rows
// are read once and responsibilities never leave the cache.
#pragma once

#include <cmath>
#include <limits>

#include "bounded.hpp"
#include "moments.hpp"
#include "potentials.hpp"

namespace mixtura::MIXTURA_ISA {

// `Row` is the type of the rows; all arithmetic is in double, so that float rows lose nothing.
template <class Row>
class Worker {
    using T = double;
    static constexpr int lanes = Lanes<T>::n;

public:
    explicit Worker(const Task& task)
        : task_(task),
          m_(task.mixture),
          k_(m_.n_components),
          d_(m_.n_features),
          width_(static_cast<int>(tile_rows(d_))),
          x_(zeros<T>(d_ * width_)),
          y_(zeros<T>(d_ * width_)),
          joint_(zeros<T>(k_ * width_)),
          weighted_(zeros<T>(tile_height * width_)),
          largest_(zeros<T>(width_)),
          total_(zeros<T>(width_)),
          factor_(zeros<T>(width_)),
          packed_(pack()) {}

    void run(std::int64_t first, std::int64_t last, Sums& sums) {
        for (std::int64_t row = first; row < last; row += width_) {
            const int n = static_cast<int>(std::min<std::int64_t>(width_, last - row));
            transpose<T, Row>(task_.rows, row, n, width_, d_, x_.get());
            if (from_mixture()) {
                for (std::int64_t k = 0; k < k_; ++k) log_joint(k);
                if (task_.answers.labels) answer_labels(row, n);
                softmax(row, n, sums);
            } else {
                take_assignment(row, n);
            }
            if (task_.need != Need::none)
                for (std::int64_t k = 0; k < k_; ++k) add_moments(k, sums);
        }
    }

private:
    std::int64_t factor_stride() const {
        if (m_.shared) return 0;
        switch (m_.storage) {
            case Storage::spherical: return 1;
            case Storage::diagonal: return d_;
            default: return d_ * d_;
        }
    }

    bool from_mixture() const {
        return !task_.assignment.labels && !task_.assignment.responsibilities;
    }

    Buffer<T> pack() const {
        if (m_.storage != Storage::dense || !from_mixture()) return zeros<T>(0);
        const std::int64_t size = packed_size(d_), n = m_.shared ? 1 : k_;
        Buffer<T> packed = zeros<T>(size * n);
        for (std::int64_t k = 0; k < n; ++k)
            pack_lower<T>(m_.factors + k * d_ * d_, d_, packed.get() + k * size);
        return packed;
    }

    std::int64_t heaviest() const {
        std::int64_t best = 0;
        for (std::int64_t k = 1; k < k_; ++k)
            if (m_.weights[k] > m_.weights[best]) best = k;
        return best;
    }

    double weight_of(std::int64_t row) const {
        return task_.rows.weights ? task_.rows.weights[row] : 1.0;
    }

    // joint[k] = the given responsibilities times the sample weights.
    void take_assignment(std::int64_t row, int n) {
        for (std::int64_t k = 0; k < k_; ++k) {
            T* r = joint_.get() + k * width_;
            for (int b = 0; b < n; ++b) {
                const std::int64_t i = row + b;
                const double given = task_.assignment.labels
                                         ? double(task_.assignment.labels[i] == k)
                                         : task_.assignment.responsibilities[i * k_ + k];
                r[b] = weight_of(i) * given;
            }
            for (int b = n; b < width_; ++b) r[b] = 0;
        }
    }

    // joint[k] = log pi_k + log N(x | mu_k, Sigma_k); -inf where a distance overflows to NaN.
    void log_joint(std::int64_t k) {
        const double* mean = m_.means + k * d_;
        T* joint = joint_.get() + k * width_;
        if (m_.storage == Storage::dense) {
            subtract<T>(x_.get(), mean, width_, d_, y_.get());
            const T* packed = packed_.get() + (m_.shared ? 0 : k * packed_size(d_));
            dense_distances<T>(packed, y_.get(), width_, d_, joint);
        } else {
            const int step = m_.storage == Storage::diagonal ? 1 : 0;
            const double* scales = m_.factors + k * factor_stride();
            scaled_distances<T>(scales, step, x_.get(), mean, width_, d_, joint);
        }
        const Vec<T> nowhere = broadcast<T>(-std::numeric_limits<T>::infinity());
        const T constant = m_.constants[k];
        for (int b = 0; b < width_; b += lanes) {
            const Vec<T> value = constant - T(0.5) * load<T>(joint + b);
            store<T>(joint + b, value == value ? value : nowhere);
        }
    }

    void answer_labels(std::int64_t row, int n) {
        const T* joint = joint_.get();
        for (int b = 0; b < n; ++b) {
            std::int64_t best = 0;
            for (std::int64_t k = 1; k < k_; ++k)
                if (joint[k * width_ + b] > joint[best * width_ + b]) best = k;
            // A row that is nowhere gets the heaviest component, as its responsibilities say.
            const bool is_nowhere = joint[best * width_ + b] == -std::numeric_limits<T>::infinity();
            task_.answers.labels[row + b] = is_nowhere ? heaviest() : best;
        }
    }

    // joint becomes the responsibilities times the sample weights; log p(x) is added up.
    void softmax(std::int64_t row, int n, Sums& sums) {
        T* joint = joint_.get();
        const Vec<T> lowest = broadcast<T>(std::numeric_limits<T>::lowest());
        for (int b = 0; b < width_; b += lanes) {
            Vec<T> largest = lowest;  // so that rows which are nowhere give exp(-inf) = 0, not NaN
            for (std::int64_t k = 0; k < k_; ++k)
                largest = maximum<T>(largest, load<T>(joint + k * width_ + b));
            Vec<T> total{};
            for (std::int64_t k = 0; k < k_; ++k) {
                T* at = joint + k * width_ + b;
                const Vec<T> e = exp_nonpositive<T>(load<T>(at) - largest);
                store<T>(at, e);
                total += e;
            }
            store<T>(largest_.get() + b, largest);
            store<T>(total_.get() + b, total);
        }
        finish_rows(row, n, sums);
        for (int b = 0; b < width_; b += lanes) {
            const Vec<T> factor = load<T>(factor_.get() + b);
            for (std::int64_t k = 0; k < k_; ++k) {
                T* at = joint + k * width_ + b;
                store<T>(at, load<T>(at) * factor);
            }
        }
        if (task_.answers.responsibilities)
            for (int b = 0; b < n; ++b)
                for (std::int64_t k = 0; k < k_; ++k)
                    task_.answers.responsibilities[(row + b) * k_ + k] = joint[k * width_ + b];
    }

    // log p(x) = largest + log(total) of each row, and factor = weight / total.
    void finish_rows(std::int64_t row, int n, Sums& sums) {
        for (int b = 0; b < width_; ++b)
            if (total_[b] == 0) give_weights_to(b);
        Vec<T> log_likelihood{};
        for (int b = 0; b < width_; b += lanes) {
            const Vec<T> total = load<T>(total_.get() + b);
            const Vec<T> log_total = log_positive(total);
            const Vec<T> density = load<T>(largest_.get() + b) + log_total;
            Vec<T> weight{};
            for (int lane = 0; lane < lanes && b + lane < n; ++lane)
                weight[lane] = weight_of(row + b + lane);
            // A row without weight does not count, even where its density is 0.
            log_likelihood += weight > 0 ? weight * density : Vec<T>{};
            store<T>(factor_.get() + b, weight / total);
            for (int lane = 0; lane < lanes && b + lane < n; ++lane) {
                if (task_.answers.log_density)
                    task_.answers.log_density[row + b + lane] = density[lane];
                if (task_.answers.log_certainty)
                    task_.answers.log_certainty[row + b + lane] =
                        largest_[b + lane] > -std::numeric_limits<T>::max()
                            ? -log_total[lane]
                            : std::log(m_.weights[heaviest()]);
            }
        }
        sums.log_likelihood += sum<T>(log_likelihood);
    }

    // A row so far out that all densities are 0 tells nothing: it gets the weights.
    void give_weights_to(int b) {
        for (std::int64_t k = 0; k < k_; ++k) joint_[k * width_ + b] = m_.weights[k];
        total_[b] = 1;
        largest_[b] = -std::numeric_limits<T>::infinity();
    }

    void add_moments(std::int64_t k, Sums& sums) {
        const T* w = joint_.get() + k * width_;
        Vec<T> count{};
        for (int b = 0; b < width_; b += lanes) count += load<T>(w + b);
        const double n = sum<T>(count);
        if (n == 0) return;
        sums.counts[k] += n;
        const double* centre = task_.centres + k * d_;
        double* first = sums.sums + k * d_;
        switch (task_.need) {
            case Need::trace:
            case Need::diagonal: {
                const int step = task_.need == Need::diagonal ? 1 : 0;
                double* second = sums.scatter + (step ? k * d_ : k);
                add_diagonal_moments<T>(w, x_.get(), centre, width_, d_, first, second, step);
                break;
            }
            default: {
                subtract<T>(x_.get(), centre, width_, d_, y_.get());
                double* second = sums.scatter + (task_.need == Need::full ? k * d_ * d_ : 0);
                add_dense_moments<T>(w, y_.get(), width_, d_, weighted_.get(), first, second);
            }
        }
    }

    const Task& task_;
    const Mixture& m_;
    std::int64_t k_, d_;
    int width_;
    Buffer<T> x_, y_, joint_, weighted_, largest_, total_, factor_, packed_;
};

template <class Row>
void pass_over(const Task& task, std::int64_t first, std::int64_t last, Sums& sums) {
    switch (task.act) {
        case Act::nearest:
            return task.nearest.gaps ? BoundedWorker<Row>(task).run(first, last, sums)
                                     : NearestWorker<Row>(task).run(first, last, sums);
        case Act::potentials: return add_potentials<Row>(task, first, last, sums);
        default: return Worker<Row>(task).run(first, last, sums);
    }
}

// The pass of this instruction set; the build compiles it under the name of each.
void pass(const Task& task, std::int64_t first, std::int64_t last, Sums& sums) {
    if (task.rows.is_float)
        pass_over<float>(task, first, last, sums);
    else
        pass_over<double>(task, first, last, sums);
}

}  // namespace mixtura::MIXTURA_ISA
