using Rollcall.Agent.Durability;

namespace Rollcall.Agent.Tests.Durability;

public sealed class DurableFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rollcall-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void File_IsReplacedAsAWhole_AndForNobodyElse()
    {
        var path = Path.Combine(_directory.FullName, "file");
        File.WriteAllText(path, "something longer than the new");

        DurableFile.Replace(path, static file => file.Write("new"u8));

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(_directory.GetFiles());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public void WriterThatFails_LeavesTheOldFile()
    {
        var path = Path.Combine(_directory.FullName, "file");
        File.WriteAllText(path, "old");

        Assert.Throws<IOException>(() => DurableFile.Replace(path, static _ => throw new IOException("full")));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(_directory.GetFiles());
        DurableFile.Replace(path, static file => file.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/b/c/")]
    public void Directories_AreMadeWithThoseAbove_AndMayBeThere(string name)
    {
        var path = Path.Combine(_directory.FullName, name);
        DurableFile.CreateDirectory(path);
        DurableFile.CreateDirectory(path);
        Assert.True(Directory.Exists(path));
        Assert.Throws<IOException>(() => DurableFile.CreateDirectory(WithFile(path)));
    }

    [Fact]
    public void DirectoryThatIsNotThere_CannotBeSynced()
    {
        // Windows keeps names by itself.
        if (!OperatingSystem.IsWindows())
        {
            var fault = Assert.Throws<IOException>(() => DurableFile.SyncDirectoryOf(Path.Combine(_directory.FullName, "missing", "file")));
            Assert.Contains("missing can't be written to disk", fault.Message, StringComparison.Ordinal);
        }
    }

    private static string WithFile(string directory)
    {
        var path = Path.Combine(directory, "file");
        File.WriteAllText(path, "");
        return path;
    }
}
