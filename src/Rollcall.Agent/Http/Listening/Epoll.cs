using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Rollcall.Agent.Http.Listening;

/// <summary>Linux's calls that tell which of many sockets have something new (epoll(7)), and one that ends a wait for them (eventfd(2)).</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class Epoll : IDisposable
{
    /// <summary>Data, or the end of it.</summary>
    public const uint Readable = In | PeerClosed | Error | Closed;

    /// <summary>Room to send, or nobody there to send to.</summary>
    public const uint Writable = Out | Error | Closed;

    /// <summary>No more than what has come is to be read before the end.</summary>
    public const uint Ending = PeerClosed | Error | Closed;

    private const uint In = 0x1;
    private const uint Out = 0x4;
    private const uint Error = 0x8;
    private const uint Closed = 0x10;
    private const uint PeerClosed = 0x2000;

    // Each piece of news is told once.
    private const uint Once = 1u << 31;

    private const int Add = 1;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Interrupted = 4;
    private const int Capacity = 256;

    // The structure has no gap between its fields where the kernel's architecture is x86, and elsewhere their natural places.
    private static readonly (int Size, int Key) s_layout = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? (12, 4) : (16, 8);

    private readonly SafeFileHandle _epoll;
    private readonly SafeFileHandle _waker;
    private readonly byte[] _events = GC.AllocateArray<byte>(Capacity * 16, pinned: true);

    public Epoll()
    {
        _epoll = Check(Create(CloseOnExec));
        _waker = Check(CreateWaker(0, CloseOnExec | NonBlocking));
        Watch(_waker, 0);
    }

    /// <summary>Tells of a socket from now on: first of what is there already.</summary>
    /// <param name="handle">The socket; closing it ends this.</param>
    /// <param name="key">What <see cref="Read"/> is to name it by; not 0.</param>
    public void Watch(SafeHandle handle, ulong key)
    {
        Span<byte> watched = stackalloc byte[16];
        MemoryMarshal.Write(watched, In | Out | PeerClosed | Once);
        MemoryMarshal.Write(watched[s_layout.Key..], key);
        if (Control(_epoll, Add, handle, watched) != 0)
        {
            throw Failure();
        }
    }

    /// <summary>Waits for news, unless there are some or it is not to wait. For one thread.</summary>
    /// <returns>How many <see cref="Read"/> has.</returns>
    public int Wait(bool block)
    {
        var count = Wait(_epoll, _events, Capacity, block ? -1 : 0);
        return count >= 0 ? count : Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw Failure();
    }

    /// <summary>What it is of, and what it is. Key 0: somebody called <see cref="Wake"/>.</summary>
    public (ulong Key, uint News) Read(int at)
    {
        var news = _events.AsSpan(at * s_layout.Size, s_layout.Size);
        return (MemoryMarshal.Read<ulong>(news[s_layout.Key..]), MemoryMarshal.Read<uint>(news));
    }

    /// <summary>Ends the wait, or the next one. From any thread.</summary>
    public void Wake()
    {
        if (Write(_waker, 1, sizeof(ulong)) < 0)
        {
            throw Failure();
        }
    }

    public void Dispose()
    {
        _epoll.Dispose();
        _waker.Dispose();
    }

    private static SafeFileHandle Check(SafeFileHandle made) => made.IsInvalid ? throw Failure() : made;

    private static IOException Failure() => new($"Sockets can't be waited for: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial SafeFileHandle Create(int flags);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial SafeFileHandle CreateWaker(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle epoll, int operation, SafeHandle handle, ReadOnlySpan<byte> watched);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(SafeFileHandle epoll, Span<byte> events, int capacity, int milliseconds);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeFileHandle handle, in ulong value, nint length);
}
