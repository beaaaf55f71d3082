// Vectors of the instruction set that this file is compiled for, and the few operations the kernel
// needs. One source serves every set: the build compiles it several times (see CMakeLists.txt).
#pragma once

#include <cstdint>
#include <cstring>

#ifndef MIXTURA_VECTOR_BYTES
#define MIXTURA_VECTOR_BYTES 16
#endif

namespace mixtura::MIXTURA_ISA {

constexpr int vector_bytes = MIXTURA_VECTOR_BYTES;

template <class T>
struct Lanes;

template <>
struct Lanes<double> {
    typedef double vec __attribute__((vector_size(vector_bytes)));
    typedef int64_t ivec __attribute__((vector_size(vector_bytes)));
    static constexpr int n = vector_bytes / 8;
    // Adding and subtracting 1.5 * 2^52 rounds to an integer, which then stands in the low bits.
    static constexpr double rounder = 6755399441055744.0;
    static constexpr int mantissa_bits = 52;
    static constexpr double smallest_exponent = -708.0;
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
inline T sum(Vec<T> v) {
    T total = 0;
    for (int lane = 0; lane < Lanes<T>::n; ++lane) total += v[lane];
    return total;
}

// exp(x) for x <= 0, with a relative error under 1e-15 in double: x = n log 2 + r, a Taylor
// polynomial in r with |r| <= log(2)/2, and n added to the exponent. 0 where it would underflow.
template <class T>
inline Vec<T> exp_nonpositive(Vec<T> x);

template <>
inline Vec<double> exp_nonpositive<double>(Vec<double> x) {
    using L = Lanes<double>;
    const Vec<double> shifted = x * 1.4426950408889634 + L::rounder;
    const Vec<double> n = shifted - L::rounder;
    const Vec<double> r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    Vec<double> p = broadcast(1.0 / 6227020800.0);
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    const L::ivec scaled = (L::ivec)p + ((L::ivec)shifted << L::mantissa_bits);
    return x > L::smallest_exponent ? (Vec<double>)scaled : Vec<double>{};
}

// log(x) for normal x > 0, to the last bit or two: x = 2^e m with m within sqrt(2) of 1, and
// log m = 2 artanh(f) with f = (m - 1) / (m + 1), |f| < 0.172.
inline Vec<double> log_positive(Vec<double> x) {
    using L = Lanes<double>;
    constexpr int64_t mantissa = (int64_t(1) << L::mantissa_bits) - 1;
    constexpr int64_t one = int64_t(1023) << L::mantissa_bits;
    constexpr double half_root = 1.4142135623730951;
    const L::ivec bits = (L::ivec)x;
    Vec<double> m = (Vec<double>)((bits & mantissa) | one);
    const L::ivec is_large = m > half_root;
    m = is_large ? m * 0.5 : m;
    // The exponent, as a double: its bits are added to those of `rounder`, where they are units.
    const L::ivec exponent = (bits >> L::mantissa_bits) - 1023 - is_large;
    const Vec<double> rounder = broadcast(L::rounder);
    const Vec<double> e = (Vec<double>)(exponent + (L::ivec)rounder) - L::rounder;
    const Vec<double> f = (m - 1.0) / (m + 1.0), g = f * f;
    Vec<double> p = broadcast(2.0 / 21.0);
    p = p * g + 2.0 / 19.0;
    p = p * g + 2.0 / 17.0;
    p = p * g + 2.0 / 15.0;
    p = p * g + 2.0 / 13.0;
    p = p * g + 2.0 / 11.0;
    p = p * g + 2.0 / 9.0;
    p = p * g + 2.0 / 7.0;
    p = p * g + 2.0 / 5.0;
    p = p * g + 2.0 / 3.0;
    const Vec<double> log_m = f * 2.0 + f * g * p;
    return e * 0.693147180369123816490 + (e * 1.90821492927058770002e-10 + log_m);
}

}  // namespace mixtura::MIXTURA_ISA
