using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace Rollcall.Cli;

/// <summary>
/// SQLite's native library, which the published file (eng/publish.sh) has in it as a resource. .NET would unpack it at each start, and not start where there is no
/// directory for it, as for a user without a home.
/// </summary>
internal static partial class BundledSqlite
{
    private const string Library = "e_sqlite3";
    private const string Resource = "libe_sqlite3.so";
    private const uint CloseOnExec = 1;

    // .NET asks for each function, and each must get the same library.
    private static readonly Lazy<nint> s_loaded = new(LoadResource);

    /// <summary>Makes SQLite be found. Once in a process, before it is used.</summary>
    public static void Use()
    {
        // Elsewhere, and in what is built for development, it is a file beside the others.
        if (OperatingSystem.IsLinux() && typeof(BundledSqlite).Assembly.GetManifestResourceInfo(Resource) is not null)
        {
            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, static (name, _, _) => name == Library ? s_loaded.Value : 0);
        }
    }

    /// <summary>Loads a library.</summary>
    /// <exception cref="DllNotFoundException">Neither from memory nor from a file for the moment.</exception>
    internal static nint Load(Stream library)
    {
        using var file = CreateInMemory(Resource, CloseOnExec);
        if (!file.IsInvalid)
        {
            using (var memory = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Write, bufferSize: 0))
            {
                library.CopyTo(memory);
            }

            if (NativeLibrary.TryLoad($"/proc/self/fd/{file.DangerousGetHandle()}", out var loaded))
            {
                return loaded;
            }
        }

        // A system that runs nothing from memory.
        var path = Path.GetTempFileName();
        try
        {
            library.Position = 0;
            using (var copy = File.OpenWrite(path))
            {
                library.CopyTo(copy);
            }

            return NativeLibrary.Load(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static nint LoadResource()
    {
        using var library = typeof(BundledSqlite).Assembly.GetManifestResourceStream(Resource)!;
        return Load(library);
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle CreateInMemory(string name, uint flags);
}
