/* Random numbers as Rust's standard library asks Windows for them. Wine has no such library before version 9. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    const SIZE_T most = 1 << 30;
    while (length > most) {
        if (!SystemFunction036(buffer, (ULONG)most))
            return FALSE;
        buffer += most;
        length -= most;
    }
    return SystemFunction036(buffer, (ULONG)length);
}
