// Vectors of the instruction set that this file is compiled for, and the few operations the kernel
// needs. One source serves every set: the build compiles it several times (see CMakeLists.txt).
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#ifndef MIXTURA_VECTOR_BYTES
#define MIXTURA_VECTOR_BYTES 16
#endif
#ifndef MIXTURA_VECTOR_REGISTERS
#define MIXTURA_VECTOR_REGISTERS 16
#endif

namespace mixtura::MIXTURA_ISA {

constexpr int vector_bytes = MIXTURA_VECTOR_BYTES;
constexpr bool has_32_registers = MIXTURA_VECTOR_REGISTERS >= 32;

template <class T>
struct Lanes;

template <>
struct Lanes<double> {
    typedef double vec __attribute__((vector_size(vector_bytes)));
    typedef int64_t ivec __attribute__((vector_size(vector_bytes)));
    typedef uint64_t uvec __attribute__((vector_size(vector_bytes)));
    using integer = int64_t;
    static constexpr int n = vector_bytes / 8;
    // Adding and subtracting 1.5 * 2^52 rounds to an integer, which then stands in the low bits.
    static constexpr double rounder = 6755399441055744.0;
    static constexpr int mantissa_bits = 52;
    static constexpr integer bias = 1023;
    static constexpr double smallest_exponent = -708.0;
    static constexpr int exp_degree = 13, log_degree = 10;
};

template <>
struct Lanes<float> {
    typedef float vec __attribute__((vector_size(vector_bytes)));
    typedef int32_t ivec __attribute__((vector_size(vector_bytes)));
    typedef uint32_t uvec __attribute__((vector_size(vector_bytes)));
    using integer = int32_t;
    static constexpr int n = vector_bytes / 4;
    static constexpr float rounder = 12582912.0f;  // 1.5 * 2^23
    static constexpr int mantissa_bits = 23;
    static constexpr integer bias = 127;
    static constexpr float smallest_exponent = -87.0f;
    static constexpr int exp_degree = 7, log_degree = 4;
};

template <class T>
using Vec = typename Lanes<T>::vec;

template <class T>
inline Vec<T> load(const T* from) {
    Vec<T> v;
    std::memcpy(&v, from, sizeof v);
    return v;
}

template <class T>
inline void store(T* to, Vec<T> v) {
    std::memcpy(to, &v, sizeof v);
}

template <class T>
inline Vec<T> broadcast(T x) {
    return x - Vec<T>{};
}

template <class T>
inline Vec<T> maximum(Vec<T> a, Vec<T> b) {
    return a > b ? a : b;
}

template <class T>
inline Vec<T> square_root(Vec<T> x) {
    Vec<T> root;
    for (int lane = 0; lane < Lanes<T>::n; ++lane) root[lane] = std::sqrt(x[lane]);
    return root;
}

template <class T>
inline T sum(Vec<T> v) {
    T total = 0;
    for (int lane = 0; lane < Lanes<T>::n; ++lane) total += v[lane];
    return total;
}

// Lanes of a and b in a new order: index i < n is lane i of a, and n + i is lane i of b.
template <class T, std::size_t... I>
inline Vec<T> shuffle(Vec<T> a, Vec<T> b, std::index_sequence<I...>) {
#ifdef __clang__
    return __builtin_shufflevector(a, b, I...);
#else
    return __builtin_shuffle(a, b, typename Lanes<T>::ivec{I...});
#endif
}

// (a0 + a1, a2 + a3, ..., b0 + b1, b2 + b3, ...).
template <class T, std::size_t... I>
inline Vec<T> add_neighbours(Vec<T> a, Vec<T> b, std::index_sequence<I...>) {
    return shuffle<T>(a, b, std::index_sequence<2 * I...>()) +
           shuffle<T>(a, b, std::index_sequence<2 * I + 1 ...>());
}

// The sums of as many vectors as there are lanes, one in each lane.
template <class T, int count = Lanes<T>::n>
inline Vec<T> sums(const Vec<T>* v) {
    if constexpr (count == 1) {
        return *v;
    } else {
        return add_neighbours<T>(sums<T, count / 2>(v), sums<T, count / 2>(v + count / 2),
                                 std::make_index_sequence<Lanes<T>::n>());
    }
}

// (a0, b0, a1, b1, ...) from lane `first` on.
template <class T, std::size_t first, std::size_t... I>
inline Vec<T> interleave(Vec<T> a, Vec<T> b, std::index_sequence<I...>) {
    return shuffle<T>(a, b, std::index_sequence<(I % 2 * Lanes<T>::n + I / 2 + first)...>());
}

// A square of numbers, turned over: interleaving the first half of the rows with the second moves
// the highest bit of an element's row to the lowest of its column, once for each bit.
template <class T>
inline void transpose_square(Vec<T> (&rows)[Lanes<T>::n]) {
    constexpr int n = Lanes<T>::n;
    constexpr auto lanes = std::make_index_sequence<n>();
    for (int bit = 1; bit < n; bit *= 2) {
        Vec<T> mixed[n];
        for (int i = 0; i < n / 2; ++i) {
            mixed[2 * i] = interleave<T, 0>(rows[i], rows[i + n / 2], lanes);
            mixed[2 * i + 1] = interleave<T, n / 2>(rows[i], rows[i + n / 2], lanes);
        }
        for (int i = 0; i < n; ++i) rows[i] = mixed[i];
    }
}

// log 2 in two parts, the first so short that its products with small integers are exact.
template <class T>
inline constexpr T log2_high = T(0.693147180369123816490);
template <>
inline constexpr float log2_high<float> = 0.693145751953125f;
template <class T>
inline constexpr T log2_low = T(0.6931471805599453094172 - double(log2_high<T>));
template <>
inline constexpr double log2_low<double> = 1.90821492927058770002e-10;

// exp(x) for x <= 0, to the last bit or two: x = n log 2 + r, a Taylor polynomial in r with
// |r| <= log(2)/2, and n added to the exponent. 0 where it would underflow.
template <class T>
inline Vec<T> exp_nonpositive(Vec<T> x) {
    using L = Lanes<T>;
    static constexpr double inverse_factorials[] = {
        1.0,           1.0,           1.0 / 2,        1.0 / 6,         1.0 / 24,
        1.0 / 120,     1.0 / 720,     1.0 / 5040,     1.0 / 40320,     1.0 / 362880,
        1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800.0};
    const Vec<T> shifted = x * T(1.4426950408889634) + L::rounder;
    const Vec<T> n = shifted - L::rounder;
    const Vec<T> r = (x - n * log2_high<T>) - n * log2_low<T>;
    Vec<T> p = broadcast<T>(T(inverse_factorials[L::exp_degree]));
    for (int i = L::exp_degree - 1; i >= 0; --i) p = p * r + T(inverse_factorials[i]);
    const typename L::uvec scaled =
        (typename L::uvec)p + ((typename L::uvec)shifted << L::mantissa_bits);
    return x > L::smallest_exponent ? (Vec<T>)scaled : Vec<T>{};
}

// log(x) for normal x > 0, to the last bit or two: x = 2^e m with m within sqrt(2) of 1, and
// log m = 2 artanh(f) with f = (m - 1) / (m + 1), |f| < 0.172.
template <class T>
inline Vec<T> log_positive(Vec<T> x) {
    using L = Lanes<T>;
    using Integers = typename L::ivec;
    using Integer = typename L::integer;
    constexpr Integer mantissa = (Integer(1) << L::mantissa_bits) - 1;
    constexpr Integer one = L::bias << L::mantissa_bits;
    const Integers bits = (Integers)x;
    Vec<T> m = (Vec<T>)((bits & mantissa) | one);
    const Integers is_large = m > T(1.4142135623730951);
    m = is_large ? m * T(0.5) : m;
    // The exponent, as a float: its bits are added to those of `rounder`, where they are units.
    const Integers exponent = (bits >> L::mantissa_bits) - L::bias - is_large;
    const Vec<T> rounder = broadcast<T>(L::rounder);
    const Vec<T> e = (Vec<T>)(exponent + (Integers)rounder) - L::rounder;
    const Vec<T> f = (m - T(1)) / (m + T(1)), g = f * f;
    Vec<T> p = broadcast<T>(T(2.0 / (2 * L::log_degree + 1)));
    for (int i = L::log_degree - 1; i >= 1; --i) p = p * g + T(2.0 / (2 * i + 1));
    const Vec<T> log_m = f * T(2) + f * g * p;
    return e * log2_high<T> + (e * log2_low<T> + log_m);
}

}  // namespace mixtura::MIXTURA_ISA
