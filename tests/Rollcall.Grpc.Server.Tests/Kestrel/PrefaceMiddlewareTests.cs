using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Rollcall.Grpc.Server.Kestrel;

namespace Rollcall.Grpc.Server.Tests.Kestrel;

public sealed class PrefaceMiddlewareTests
{
    private const string Page = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static readonly byte[] s_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();
    private static readonly byte[] s_emptySettings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, s_preface.Length)];

    [Fact]
    public void Match_EveryLength_IsUndecidedUntilTheLastByte()
    {
        for (var length = 0; length < s_preface.Length; length++)
        {
            Assert.Equal(PrefaceMatch.Undecided, PrefaceMiddleware.Match(new ReadOnlySequence<byte>(s_preface, 0, length)));
        }

        Assert.Equal(PrefaceMatch.Http2, PrefaceMiddleware.Match(new ReadOnlySequence<byte>(s_preface)));
        Assert.Equal(PrefaceMatch.Http2, PrefaceMiddleware.Match(new ReadOnlySequence<byte>([.. s_preface, .. s_emptySettings])));
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Match_OneByteThatDiffers_Decides(int at)
    {
        var bytes = s_preface.ToArray();
        bytes[at] ^= 1;

        Assert.Equal(PrefaceMatch.Other, PrefaceMiddleware.Match(new ReadOnlySequence<byte>(bytes, 0, at + 1)));
        Assert.Equal(PrefaceMatch.Other, PrefaceMiddleware.Match(new ReadOnlySequence<byte>(bytes)));
    }

    [Fact]
    public async Task Preface_OneByteAtATime_BecomesHttp2()
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);
        foreach (var octet in s_preface.Concat(s_emptySettings))
        {
            await connection.SendAsync(new[] { octet });
        }

        await AssertHttp2Async(connection);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Preface_CutAnywhere_BecomesHttp2OrEndsQuietly(int length)
    {
        await using var server = await StartAsync();
        using (var connection = await RawConnection.OpenAsync(server.Addresses[0]))
        {
            await connection.SendAsync(s_preface.AsMemory(0, length));
            await connection.SendAsync(s_preface.AsMemory(length));
            await connection.SendAsync(s_emptySettings);
            await AssertHttp2Async(connection);
        }

        using (var connection = await RawConnection.OpenAsync(server.Addresses[0]))
        {
            await connection.SendAsync(s_preface.AsMemory(0, length));
            connection.EndSending();
            Assert.DoesNotContain("200 OK", await connection.ReadToEndAsync(), StringComparison.Ordinal);
        }

        await PortServer.AssertServesBothAsync(server.Addresses[0]);
    }

    [Theory]
    [InlineData("PRI * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\0\0\0\0")]
    [InlineData("\x16\x03\x01\x00\x05hello\r\n\r\n")]
    [InlineData("POST nowhere\r\n\r\n")]
    public async Task Garbage_IsAnsweredAsHttp11WouldBe(string text)
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);

        await connection.SendAsync(text);
        connection.EndSending();

        var answer = await connection.ReadToEndAsync();
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 505", StringComparison.Ordinal), answer);
        await PortServer.AssertServesBothAsync(server.Addresses[0]);
    }

    [Fact]
    public async Task Http11_KeepsItsConnection_AndMayComeInBytes()
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);

        foreach (var octet in Page)
        {
            await connection.SendAsync(octet.ToString());
        }

        var first = await connection.ReadResponseAsync();
        await connection.SendAsync(Page);
        var second = await connection.ReadResponseAsync();

        Assert.StartsWith("HTTP/1.1 200 OK", first, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PostAndPut_ShareThePrefacesFirstLetter()
    {
        await using var server = await StartAsync();
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);

        await connection.SendAsync("P");
        await connection.SendAsync("UT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 405", await connection.ReadResponseAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PRI * H")]
    public async Task ConnectionThatDoesNotSayWhatItIs_IsClosedAfterTheKeepAliveTimeout(string begin)
    {
        var time = new FakeTimeProvider();
        await using var server = await StartAsync(time, TimeSpan.FromSeconds(77));
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);
        await connection.SendAsync(begin);

        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(77));
        time.Advance(TimeSpan.FromSeconds(77));

        Assert.Equal("", await connection.ReadToEndAsync());
    }

    [Fact]
    public async Task ServerThatStops_DoesNotWaitForASilentConnection()
    {
        var time = new FakeTimeProvider();
        await using var server = await StartAsync(time, TimeSpan.FromSeconds(77));
        using var connection = await RawConnection.OpenAsync(server.Addresses[0]);
        await time.WaitForTimerDueInAsync(TimeSpan.FromSeconds(77));

        await server.StopAsync();

        Assert.Equal("", await connection.ReadToEndAsync());
    }

    [Fact]
    public async Task NoTimeout_ArmsNoTimer()
    {
        var time = new FakeTimeProvider();
        await using var server = await StartAsync(time, TimeSpan.MaxValue);

        await PortServer.AssertServesBothAsync(server.Addresses[0]);

        Assert.Equal(0, time.PendingTimers);
    }

    private static Task<PortServer> StartAsync(TimeProvider? timeProvider = null, TimeSpan? keepAlive = null) =>
        PortServer.StartAsync(
            builder => builder.WebHost.ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.KeepAliveTimeout = keepAlive ?? kestrel.Limits.KeepAliveTimeout;
                kestrel.Listen(IPAddress.Loopback, 0);
            }),
            timeProvider);

    // A server of HTTP/2 begins with SETTINGS (RFC 9113 3.4).
    private static async Task AssertHttp2Async(RawConnection connection)
    {
        var head = await connection.ReadAsync(9);
        Assert.Equal(4, head[3]);
    }
}
