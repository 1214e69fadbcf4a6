/* The entry point of a program on bionic, Android's C library: what the NDK's crtbegin does.
 *
 * The kernel's initial stack (argc, argv, environment) goes to __libc_init, which sets up the
 * library, calls main and exits with its result. The linker has run the constructors by then, and
 * a C program has no destructors, so every array of functions is empty. */
#include <stddef.h>

typedef int main_function(int argc, char **argv, char **environment);

/* Room for both layouts bionic has had: three arrays, and three arrays with their lengths. */
typedef struct {
    void *arrays_and_lengths[6];
} structors;

int main(int argc, char **argv);
void __libc_init(void *stack, void (*at_exit)(void), main_function *start, const structors *functions)
    __attribute__((__noreturn__));
void start_program(void *stack) __attribute__((__noreturn__, __used__, __visibility__("hidden")));

void start_program(void *stack) {
    static const structors none = {{NULL}};
    __libc_init(stack, NULL, (main_function *)(void *)main, &none);
}

#if defined(__aarch64__)
__asm__(".text\n.globl _start\n.type _start, %function\n"
        "_start:\n mov x29, #0\n mov x30, #0\n mov x0, sp\n b start_program\n");
#elif defined(__x86_64__)
__asm__(".text\n.globl _start\n.type _start, @function\n"
        "_start:\n xorl %ebp, %ebp\n movq %rsp, %rdi\n andq $-16, %rsp\n callq start_program\n");
#else
#error "bionic: arm64-v8a and x86_64 only"
#endif
