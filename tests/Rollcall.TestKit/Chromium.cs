namespace Rollcall.TestKit;

/// <summary>A browser without a window, for what only a browser enforces. Disposing it ends it and removes its profile.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly string? s_program = Tool.Find("chromium", "ROLLCALL_CHROMIUM");

    private static readonly Lazy<string?> s_missing = new(
        () => s_program is not null && Tool.Succeeds(s_program, "--no-sandbox", "--version") ? null : Tool.Missing("Chromium", "chromium"));

    // It talks to nobody but the page's servers and keeps nothing. A test may run as root, which its sandbox refuses.
    private static readonly string[] s_arguments =
    [
        "--headless", "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
        "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-proxy-server",
    ];

    private readonly ChildProcess _process;
    private readonly DirectoryInfo _profile;

    private Chromium(ChildProcess process, DirectoryInfo profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>Why it cannot be used; null when it can.</summary>
    public static string? MissingReason => s_missing.Value;

    /// <summary>What it complained about so far, for messages.</summary>
    public string Error => _process.Error;

    /// <summary>Opens a page. It tells its results to the server that it came from.</summary>
    public static Chromium Open(Uri page)
    {
        ArgumentNullException.ThrowIfNull(page);
        var profile = Directory.CreateTempSubdirectory("rollcall-chromium");
        var process = ChildProcess.Start(
            s_program ?? throw new InvalidOperationException(MissingReason),
            [.. s_arguments, $"--user-data-dir={profile.FullName}", "--remote-debugging-port=0", page.AbsoluteUri]);
        return new Chromium(process, profile);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();

        // Its helpers end a moment later and may still write.
        await Eventually.TrueAsync(() =>
        {
            try
            {
                _profile.Delete(recursive: true);
                return true;
            }
            catch (DirectoryNotFoundException)
            {
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        });
    }
}
