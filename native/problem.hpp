// What a pass reads and writes: plain pointers, filled by the binding and the same for every
// instruction set.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace mixtura {

enum class Storage : int { spherical, diagonal, dense, low_rank };
enum class Need : int { none, trace, diagonal, pooled, full, projected };

struct Rows {
    const void* data;
    bool is_float;
    std::int64_t n;
    std::int64_t row_stride;      // in elements
    std::int64_t feature_stride;  // in elements
    const double* weights;        // n, or null for ones
};

// Which entries are missing, as NaN says in the rows; see mixtura/_patterns.py. Dense covariances need all
// of it, and those of low rank an order in which complete rows come first.
struct Patterns {
    bool any = false;
    const std::int64_t* order = nullptr;     // n: rows, those of one pattern after each other
    const std::int64_t* pattern = nullptr;   // n: the pattern of each of them
    const std::int64_t* starts = nullptr;    // patterns + 1
    const std::int64_t* features = nullptr;  // pattern g lacks features[starts[g]] to ..[starts[g + 1]]
};

struct Mixture {
    std::int64_t n_components;
    std::int64_t n_features;
    Storage storage;
    bool shared;
    const double* weights;    // K: pi_k
    const double* constants;  // K: log pi_k - (d log 2 pi + log |Sigma_k|) / 2
    const double* means;      // K x d
    const double* factors;    // inverse: spherical 1, diagonal d, dense d x d, each K times or once
                              // low rank (1 + n_axes) x (1 + d); see low_rank.hpp
    std::int64_t n_axes = 0;
};

// Responsibilities that are given: as labels, or as numbers. Where both are null, they come from
// the mixture.
struct Assignment {
    const std::int64_t* labels;      // n
    const double* responsibilities;  // n x K

    bool is_open() const { return !labels && !responsibilities; }
};

// Where the sums of a pass go; see mixtura/moments/moments.py. Dense scatters are d x d with only
// the lower triangle filled.
struct Sums {
    double* counts;   // K
    double* sums;     // K x d
    double* scatter;  // trace K, diagonal K x d, pooled d x d, full K x d x d,
                      // projected K x (1 + n_projections) x d
    double log_likelihood;
};

// What a pass tells of every row; null for what is not wanted.
struct Answers {
    double* log_density;       // n
    double* responsibilities;  // n x K
    std::int64_t* labels;      // n
    double* log_certainty;     // n: log max_k r_k
    double* imputed = nullptr;  // n x d: the rows, with expectations for missing entries
};

// What a pass does with the components: EM, a step of k-means (nearest.hpp) or one of k-means++
// (potentials.hpp). The last two look at the means alone.
enum class Act : int { expect, nearest, potentials };

// What a step of k-means tells of every row; null for what is not wanted.
struct Nearest {
    std::int64_t* labels;                // n: those of the step before, which are written over
    double* distances;                   // n: |x - c|^2
    std::atomic<std::int64_t>* changed;  // how many labels are not those of the step before
    // Of a step with bounds: how far the row is at least from other centres than its label's (n,
    // written over), and how far those have moved at most (K).
    double* gaps;
    const double* drifts;
};

// What a step of k-means++ knows and tells of every row; distances are squared, to the nearest seed.
struct Potentials {
    const double* closest;  // n: distances without a trial, or null for the first seed
    double* distances;      // trials x n: distances with a trial, or null
    double* in_tiles;       // trials x n_tiles: their weighted sums
    std::int64_t n_tiles;
};

struct Task {
    Rows rows;
    Mixture mixture;
    Assignment assignment;
    Need need;
    const double* centres;  // K x d: what the moments are taken about
    bool single;            // whether the arithmetic on float rows may be in float
    Answers answers;
    Act act = Act::expect;
    Nearest nearest{};
    Potentials potentials{};
    const double* projections = nullptr;  // K x n_projections x d
    std::int64_t n_projections = 0;
    Patterns patterns{};
};

static constexpr std::int64_t round_up(std::int64_t n, std::int64_t multiple) {
    return (n + multiple - 1) / multiple * multiple;
}

static inline std::int64_t scatter_size(const Task& task) {
    const std::int64_t k = task.mixture.n_components, d = task.mixture.n_features;
    switch (task.need) {
        case Need::none: return 0;
        case Need::trace: return k;
        case Need::diagonal: return k * d;
        case Need::pooled: return d * d;
        case Need::projected: return k * (1 + task.n_projections) * d;
        default: return k * d * d;
    }
}

// How many rows make a tile: so many that the sums over its lanes cost little, and so few that its
// tiles of residuals stay in the first-level cache for few features, in the second-level for many. A
// multiple of the lanes that the register tiles take at once.
static inline std::int64_t tile_rows(std::int64_t n_features) {
    if (n_features <= 4) return 256;
    return n_features <= 60 || n_features > 128 ? 128 : 256;
}

// Asked between blocks of rows whether to go on.
struct KeepGoing {
    bool (*ask)(void*);
    void* context;

    bool operator()() const { return ask(context); }
};

// One instruction set's worker, with its tables and working space: made once for each thread, then
// run over chunks of rows, to whose sums it adds. Plain functions, so that no code that is compiled
// for one instruction set can stand in for another's.
struct WorkerKind {
    void* (*create)(const Task&);
    void (*run)(void* worker, std::int64_t first, std::int64_t last, Sums&, const KeepGoing&);
    void (*destroy)(void* worker);
};

}  // namespace mixtura
