using System.Runtime.InteropServices;

namespace Rollcall.Cli.Tests;

public sealed class BundledSqliteTests
{
    [Fact]
    public void Library_IsLoadedWithoutAFile()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var file = Path.Combine(AppContext.BaseDirectory, "runtimes", $"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}", "native", "libe_sqlite3.so");
        using var library = File.OpenRead(file);

        var loaded = BundledSqlite.Load(library);

        Assert.True(NativeLibrary.TryGetExport(loaded, "sqlite3_libversion", out _));
        Assert.Contains("memfd:libe_sqlite3.so", File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }
}
