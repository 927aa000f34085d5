/* Lets one x86-64 Linux process see a processor of a lower level: every CPUID of the process faults, and is answered here with the
   bits of newer instructions taken away. CPU_LEVEL=3 leaves AVX2 as the newest, CPU_LEVEL=2 leaves SSE 4.2.

   cc -O1 -shared -fPIC -o fewer.so fewer_instructions.c -ldl; LD_PRELOAD=./fewer.so CPU_LEVEL=3 PROGRAM

   Needs a processor with CPUID faulting (cpuid_fault in /proc/cpuinfo). The dynamic loader and the C library have chosen theirs
   before this is loaded; threads inherit the fault, programs that are started set it again. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARCH_SET_CPUID 0x1012
#define BIT(n) (1u << (n))

static int level = 4;
static int (*real_sigaction)(int, const struct sigaction *, struct sigaction *);

static int allow_cpuid(int on) { return (int)syscall(SYS_arch_prctl, ARCH_SET_CPUID, (unsigned long)on); }

/* Registers are eax, ebx, ecx, edx; bit numbers are those of Intel's manual, volume 2A, CPUID. */
static void take_away(uint32_t leaf, uint32_t sub, uint32_t *r) {
    if (leaf == 1 && level < 3) /* FMA, MOVBE, XSAVE, OSXSAVE, AVX, F16C */
        r[2] &= ~(BIT(12) | BIT(22) | BIT(26) | BIT(27) | BIT(28) | BIT(29));
    if (leaf == 7 && sub == 0) {
        if (level < 4) { /* AVX-512 in all its parts, and AMX */
            r[1] &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31));
            r[2] &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
            r[3] &= ~(BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25));
        }
        if (level < 3) { /* BMI1, AVX2, BMI2, GFNI, VAES, VPCLMULQDQ */
            r[1] &= ~(BIT(3) | BIT(5) | BIT(8));
            r[2] &= ~(BIT(8) | BIT(9) | BIT(10));
        }
    }
    if (leaf == 7 && sub == 1 && level < 4) { /* AVX-VNNI, AVX512-BF16, AMX-FP16, AVX-IFMA */
        r[0] = level < 3 ? 0 : r[0] & ~(BIT(4) | BIT(5) | BIT(21) | BIT(23));
        r[3] = 0;
    }
    if (leaf == 0x80000001u && level < 3) /* LZCNT */
        r[2] &= ~BIT(5);
}

static void answer(int number, siginfo_t *info, void *context) {
    greg_t *at = ((ucontext_t *)context)->uc_mcontext.gregs;
    const unsigned char *code = (const unsigned char *)at[REG_RIP];
    (void)number, (void)info;
    if (code[0] != 0x0f || code[1] != 0xa2) { /* a fault of another kind */
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
        return;
    }
    uint32_t leaf = (uint32_t)at[REG_RAX], sub = (uint32_t)at[REG_RCX], r[4];
    allow_cpuid(1);
    __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(sub));
    allow_cpuid(0);
    take_away(leaf, sub, r);
    at[REG_RAX] = r[0], at[REG_RBX] = r[1], at[REG_RCX] = r[2], at[REG_RDX] = r[3];
    at[REG_RIP] += 2;
}

/* Nobody else may take the fault. */
int sigaction(int number, const struct sigaction *action, struct sigaction *old) {
    if (!real_sigaction) real_sigaction = dlsym(RTLD_NEXT, "sigaction");
    return number == SIGSEGV && action ? 0 : real_sigaction(number, action, old);
}

__attribute__((constructor)) static void start(void) {
    const char *wanted = getenv("CPU_LEVEL");
    struct sigaction action;
    if (!wanted) return;
    level = atoi(wanted);
    memset(&action, 0, sizeof action);
    action.sa_sigaction = answer;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    real_sigaction = dlsym(RTLD_NEXT, "sigaction");
    real_sigaction(SIGSEGV, &action, 0);
    if (allow_cpuid(0)) {
        static const char said[] = "CPUID cannot be made to fault here\n";
        if (write(2, said, sizeof said - 1) < 0) _exit(1);
        _exit(1);
    }
}
