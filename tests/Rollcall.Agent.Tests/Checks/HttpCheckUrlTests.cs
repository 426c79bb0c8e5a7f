using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Rollcall.Agent.Checks;
using Rollcall.TestKit;

namespace Rollcall.Agent.Tests.Checks;

/// <summary>URLs of HTTP checks, and those that answers send to.</summary>
public sealed class HttpCheckUrlTests
{
    [Theory]
    [InlineData("[127.0.0.1]")]
    [InlineData("u:p@[127.0.0.1]")]
    [InlineData("[localhost]")]
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task HostInBrackets_IsAsked(string host)
    {
        var seen = "";
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            seen = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();
        var url = $"http://{host}:{server.HostAndPort.Split(':')[1]}/[a]?[b]";

        var (_, status, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, url));

        Assert.Equal(("passing", "/[a]?[b]"), (status, seen));
        Assert.StartsWith($"HTTP GET {url}: 200 OK", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a%2Fb/../c%20d?e=%41%7e", "/a%2Fb/../c%20d?e=%41%7e")]
    [InlineData("/a?b#c", "/a?b")]
    [InlineData("", "/")]
    [InlineData("?x=1", "/?x=1")]
    [InlineData("#c", "/")]
    [InlineData("/a?", "/a?")]
    [InlineData("/a%2Fb/../c?d={e}", "/a%2Fb/../c?d={e}")]
    [InlineData("/x/%41?d=a\"b", "/x/%41?d=a\"b")]
    [InlineData("/x/../y/ü", "/x/../y/%C3%BC")]
    [InlineData("/a\\b", "/a%5Cb")]
    [InlineData("/ {}|\"\\^`<>é😀", "/%20%7B%7D%7C%22%5C%5E%60%3C%3E%C3%A9%F0%9F%98%80")]
    [InlineData("/[]~!'()*$&+,;=:@", "/[]~!'()*$&+,;=:@")]
    [InlineData("/?{}|\"\\^`<>[]", "/?{}|\"\\^`<>[]")]
    [InlineData("/?é x%zz%", "/?%C3%A9%20x%zz%")]
    public async Task Url_IsSentAsItIsWritten_IfItCanBe(string written, string sent)
    {
        var seen = "";
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            seen = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();
        var url = $"http://{server.HostAndPort}{written}";

        Assert.Equal(("c1", "passing", $"HTTP GET {url}: 200 OK Output: "), await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, url)));
        Assert.Equal(sent, seen);
    }

    [Theory]
    [InlineData("/100%", "", "invalid URL escape \"%\"")]
    [InlineData("/%zz", "", "invalid URL escape \"%zz\"")]
    [InlineData("/a%41%4/?%zz", "", "invalid URL escape \"%4/\"")]
    [InlineData("/a?b#%zz", "", "invalid URL escape \"%zz\"")]
    [InlineData("/a\u0001", "\\x01", "net/url: invalid control character in URL")]
    [InlineData("/?\t", "\\t", "net/url: invalid control character in URL")]
    public async Task UrlThatIsNone_IsNotSent(string written, string quoted, string fault)
    {
        var requests = 0;
        await using var server = await LoopbackServer.StartAsync(_ =>
        {
            Interlocked.Increment(ref requests);
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();

        var result = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"http://u:secret@{server.HostAndPort}{written}"));

        var shown = quoted.Length == 0 ? written : written[..^1] + quoted;
        Assert.Equal(("c1", "critical", $"parse \"http://u:***@{server.HostAndPort}{shown}\": {fault}"), result);
        Assert.Equal(0, requests);
    }

    [Fact]
    public async Task LocationThatIsNone_IsCritical()
    {
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            context.Response.Redirect("/t/%zz");
            return Task.CompletedTask;
        });
        await using var rig = new CheckRig();
        var url = $"http://{server.HostAndPort}/";

        Assert.Equal(
            ("c1", "critical", $"Get \"{url}\": failed to parse Location header \"/t/%zz\": parse \"/t/%zz\": invalid URL escape \"%zz\""),
            await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, url)));
    }

    [Theory]
    [InlineData("127.0.0.1:80")]
    [InlineData("/health")]
    [InlineData("http://[127.0.0.1]x/")]
    [InlineData("http://[127.0.0.1/")]
    [InlineData("")]
    public async Task NotAnHttpUrl_SaysWhatIsExpected(string url)
    {
        await using var rig = new CheckRig();
        var (_, status, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, url));
        Assert.Equal("critical", status);
        Assert.Contains("expected a URL that begins with http:// or https://", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/a\\b?c={d}\"%zz", "http://orders.example/a%5Cb?c={d}\"%zz")]
    [InlineData("/caf\u00C3\u00A9 x?\u00FC", "http://orders.example/caf%C3%A9%20x?%FC")]
    [InlineData("?z=1#f", "http://orders.example/x/y?z=1")]
    [InlineData("../u/./v#?", "http://orders.example/u/v")]
    [InlineData("//other.example?q", "http://other.example/?q")]
    [InlineData("https://other.example/[a]", "https://other.example/[a]")]
    [InlineData("http://[127.0.0.1]:81/z", "http://127.0.0.1:81/z")]
    public void Location_IsAskedAsItIsWritten_FromWhereItWas(string location, string url)
    {
        Assert.True(HttpUrl.TryResolve(new Uri("http://orders.example/x/y?w"), location, out var uri));

        Assert.Equal(url, $"{uri.Scheme}://{uri.Authority}{uri.PathAndQuery}");
    }

    [Theory]
    [InlineData("u:pé", "u")]
    [InlineData("u:p w", "u")]
    [InlineData("u:a@b", "u")]
    [InlineData("ü:a%20b", "ü")]
    [InlineData(":pw", "")]
    public async Task Password_IsNotTold(string credentials, string user)
    {
        var hostAndPort = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort.Next()}");
        await using var rig = new CheckRig();

        var (_, status, output) = await rig.FirstResultAsync(CheckRig.Spec(CheckKind.Http, $"http://{credentials}@{hostAndPort}/a@b"));

        Assert.Equal("critical", status);
        Assert.StartsWith($"Get \"http://{user}:***@{hostAndPort}/a@b\": ", output, StringComparison.Ordinal);
    }
}
