#pragma once
#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define isfinite(x) __builtin_isfinite(x)
#define isinf(x) __builtin_isinf(x)
#define isnan(x) __builtin_isnan(x)
#define signbit(x) __builtin_signbit(x)

double ceil(double x);
double exp(double x);
double fabs(double x);
double floor(double x);
double fmax(double x, double y);
double fmin(double x, double y);
double fmod(double x, double y);
double ldexp(double x, int exponent);
double log(double x);
double log10(double x);
double nearbyint(double x);
double pow(double x, double y);
double rint(double x);
double round(double x);
double sqrt(double x);
double trunc(double x);
float ceilf(float x);
float expf(float x);
float fabsf(float x);
float floorf(float x);
float fmaxf(float x, float y);
float fminf(float x, float y);
float ldexpf(float x, int exponent);
float nearbyintf(float x);
float rintf(float x);
float roundf(float x);
float sqrtf(float x);
float truncf(float x);
long lrint(double x);
long lrintf(float x);
long lround(double x);
long lroundf(float x);
long long llrint(double x);
long long llround(double x);
