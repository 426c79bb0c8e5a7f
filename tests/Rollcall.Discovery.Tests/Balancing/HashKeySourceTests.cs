using System.Net;
using System.Text.Json;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Internal;
using Rollcall.Hosts;

namespace Rollcall.Discovery.Tests.Balancing;

public sealed class HashKeySourceTests
{
    private static readonly Dictionary<string, string> s_headers = new(StringComparer.OrdinalIgnoreCase) { ["x-user"] = "yu" };

    private static HashKeyCall Call(object? headers) =>
        new("/greet.Greeter/SayHello", headers, static (headers, name) => ((Dictionary<string, string>)headers).GetValueOrDefault(name));

    [Fact]
    public void Header_IsHashedAndACallWithoutItHasNoKey()
    {
        var source = HashKeySource.Header("X-User");

        Assert.Equal(XxHash64.Hash("yu"u8), source.GetKey(Call(s_headers)));
        Assert.Null(source.GetKey(Call(new Dictionary<string, string>())));
        Assert.Null(source.GetKey(Call(null)));
    }

    [Fact]
    public void BinaryHeader_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => HashKeySource.Header("trace-bin"));
        Assert.False(BalancingPolicies.TryCreate("ring_hash", JsonElement.Parse("""{"requestHashHeader":"trace-bin"}"""), out _, out var fault));
        Assert.Contains("trace-bin", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Function_SeesTheCall()
    {
        var source = HashKeySource.From(static call => call.Path + call.GetHeader("x-user"));

        Assert.Equal(XxHash64.Hash("/greet.Greeter/SayHelloyu"u8), source.GetKey(Call(s_headers)));
        Assert.Null(HashKeySource.From(static _ => null).GetKey(Call(s_headers)));
    }

    [Fact]
    public void CallerAddress_IsTheSameForAllCalls()
    {
        var key = HashKeySource.CallerAddress.GetKey(Call(null));

        Assert.NotNull(key);
        Assert.Equal(key, HashKeySource.CallerAddress.GetKey(Call(s_headers)));
    }

    /// <summary>With a star: the interface has a gateway.</summary>
    [Theory]
    [InlineData("172.17.0.1 192.168.1.7*", "192.168.1.7")] // Docker's bridge is the same on every machine
    [InlineData("10.0.0.1 172.18.0.1 fe80::1* 2001:db8::7*", "2001:db8::7")]
    [InlineData("2001:db8::7* 192.168.1.7* 10.1.0.3*", "10.1.0.3")]
    [InlineData("127.0.0.1* ::1* 169.254.3.4* fe80::1* 10.0.0.2", "10.0.0.2")]
    [InlineData("2001:db8::7 10.0.0.2", "10.0.0.2")]
    [InlineData("127.0.0.1 169.254.3.4 fe80::1%3", null)]
    [InlineData("", null)]
    public void CallerAddress_IsOneThatTellsMachinesApart(string addresses, string? expected)
    {
        OwnAddress[] all =
        [
            .. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static a => new OwnAddress(IPAddress.Parse(a.TrimEnd('*')), a.EndsWith('*'))),
        ];

        Assert.Equal(expected, MachineAddress.Choose(all));
        Assert.Equal(expected, MachineAddress.Choose(all.Reverse()));
    }

    [Fact]
    public void Text_OfAnyLengthIsHashedWithoutAllocation()
    {
        var longText = new string('ü', 5000);
        Assert.Equal(XxHash64.Hash(System.Text.Encoding.UTF8.GetBytes(longText)), HashKeySource.Hash(longText));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            HashKeySource.Hash(longText);
            HashKeySource.Hash("yu");
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 999);
    }

    [Fact]
    public void RingHashHeaderOfAServiceConfig_IsThePolicysKey()
    {
        Assert.True(BalancingPolicies.TryCreate(
            "ring_hash_experimental",
            JsonElement.Parse("""{"minRingSize":"64","max_ring_size":4096,"requestHashHeader":"x-user"}"""),
            out var policy,
            out _));

        Assert.Equal("ring_hash", policy.Name);
        Assert.Equal(XxHash64.Hash("yu"u8), policy.HashKey!.GetKey(Call(s_headers)));
        Assert.Null(new RingHashPolicy().HashKey);
        Assert.Same(HashKeySource.CallerAddress, new IpHashPolicy().HashKey);
    }
}
