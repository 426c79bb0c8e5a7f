using System.Globalization;
using System.Runtime.InteropServices;

namespace Rollcall.Agent.Http.Listening;

/// <summary>The file of a unix socket: whose it is, and who may connect.</summary>
internal static partial class UnixSocketFile
{
    // chown(2) leaves what is told to be this as it is.
    private const uint Unchanged = uint.MaxValue;

    /// <summary>Gives it to whom the options say. Once the socket is bound, and before it listens.</summary>
    /// <exception cref="ConsulAgentException">There is no such user or group, or this process may not give it away.</exception>
    public static void Apply(string path, ConsulAgentOptions options)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var user = options.UnixSocketUser is { } name ? UserId(name) : Unchanged;
        var group = options.UnixSocketGroup is { } groupName ? GroupId(groupName) : Unchanged;
        if ((user, group) != (Unchanged, Unchanged) && Own(path, user, group) != 0)
        {
            throw Fault($"{path} can't be given to {options.UnixSocketUser}:{options.UnixSocketGroup}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        if (options.UnixSocketMode is { } mode)
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    // What is wrong is said in Consul's words.
    private static uint UserId(string name) => Number(name) ?? Id(FindUser(name)) ?? throw Fault($"failed to look up user {name}: user: unknown user {name}");

    private static uint GroupId(string name) => Number(name) ?? Id(FindGroup(name)) ?? throw Fault($"invalid group specified: {name}");

    private static uint? Number(string name) => uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Unchanged ? id : null;

    /// <summary>The id in a <c>struct passwd</c> or <c>struct group</c>: it comes after name and password in both, on every system.</summary>
    private static uint? Id(nint record) => record == 0 ? null : (uint)Marshal.ReadInt32(record, 2 * nint.Size);

    private static ConsulAgentException Fault(string what) => new($"Unix socket: {what}. Set UnixSocketUser and UnixSocketGroup (unix_sockets.user, unix_sockets.group), or leave them out.");

    // What these give is the system's own, and overwritten by the next call of anybody: this one is made once, at the start.
    [LibraryImport("libc", EntryPoint = "getpwnam", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint FindUser(string name);

    [LibraryImport("libc", EntryPoint = "getgrnam", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint FindGroup(string name);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Own(string path, uint user, uint group);
}
