using System.Globalization;
using Rollcall.TestKit;

namespace Rollcall.Samples.Tests;

/// <summary>Runs a sample as a process, as a user does.</summary>
internal static class Sample
{
    /// <summary>Runs it to its end and insists on exit code 0, and that it leaves nothing registered.</summary>
    /// <param name="name">Folder under samples/.</param>
    /// <param name="consul">The Consul it shall use; null: it brings its own agent.</param>
    /// <param name="arguments">Its command line.</param>
    public static async Task<ProcessOutput> RunAsync(string name, Uri? consul, params string[] arguments)
    {
        var output = await ChildProcess.RunAsync("dotnet", [Assembly(name), .. arguments], Environment(consul), timeout: TimeSpan.FromSeconds(60));
        Assert.True(output.ExitCode == 0, $"{name} ended with {output.ExitCode}:\n{output.Output}\n{output.Error}");
        if (consul is not null)
        {
            using var http = new HttpClient { BaseAddress = consul };
            Assert.Equal("{}", (await http.GetStringAsync(new Uri("/v1/agent/services", UriKind.Relative))).Trim());
        }

        return output;
    }

    public static string Assembly(string name) => BuiltProgram.Path("samples", name);

    public static Dictionary<string, string?> Environment(Uri? consul) => new()
    {
        ["CONSUL_HTTP_ADDR"] = consul?.ToString(),
        ["PORT"] = FreePort.Next().ToString(CultureInfo.InvariantCulture),
    };
}
