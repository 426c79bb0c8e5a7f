using System.Security.Cryptography;
using System.Text;
using Rollcall.Discovery.Internal.Snapshots;

namespace Rollcall.Discovery.Tests.Snapshots;

public sealed class SnapshotFormatTests
{
    private static readonly StoredList s_list = new(
        "consul at http://127.0.0.1:8500",
        "orders?tag=v1",
        new DateTimeOffset(2026, 11, 28, 7, 30, 0, TimeSpan.Zero),
        [new StoredEndpoint("orders-1", "10.0.0.1", 80, "orders", 3, ["v1"], new Dictionary<string, string> { ["zone"] = "a" }, "node1", "dc1", "z1")]);

    private const string Body =
        """{"source":"consul at http://127.0.0.1:8500","query":"orders?tag=v1","confirmedAt":"2026-11-28T07:30:00+00:00","endpoints":[{"id":"orders-1","host":"10.0.0.1","port":80,"service":"orders","weight":3,"tags":["v1"],"metadata":{"zone":"a"},"node":"node1","datacenter":"dc1","zone":"z1"}]}""";

    private static byte[] File(string body, string version = "1") => Encoding.UTF8.GetBytes(
        $"rollcall-snapshot {version} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)))}\n{body}");

    [Fact]
    public void Bytes_AreTheseAndStayReadable()
    {
        Assert.Equal(Encoding.UTF8.GetString(File(Body)), Encoding.UTF8.GetString(SnapshotFormat.Write(s_list)));

        Assert.True(SnapshotFormat.TryRead(File(Body), out var read, out _));
        Assert.Equivalent(s_list, read, strict: true);
    }

    [Fact]
    public void CutAtEveryLength_IsRefused()
    {
        var whole = SnapshotFormat.Write(s_list);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.False(SnapshotFormat.TryRead(whole.AsSpan(0, length), out _, out var fault));
            Assert.NotEmpty(fault);
        }
    }

    [Fact]
    public void AnyByteChanged_IsRefused()
    {
        var whole = SnapshotFormat.Write(s_list);
        for (var i = 0; i < whole.Length; i++)
        {
            whole[i] ^= 0x20;
            Assert.False(SnapshotFormat.TryRead(whole, out _, out _), $"byte {i} may be anything");
            whole[i] ^= 0x20;
        }

        Assert.False(SnapshotFormat.TryRead([.. whole, (byte)' '], out _, out _));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"source":"s","query":"a","confirmedAt":"2026-11-28T07:30:00Z"}""")]
    [InlineData("""{"source":"s","query":"a","confirmedAt":"2026-11-28T07:30:00Z","endpoints":[null]}""")]
    [InlineData("""{"source":null,"query":"a","confirmedAt":"2026-11-28T07:30:00Z","endpoints":[]}""")]
    public void BodyThatIsNoList_IsRefused(string body)
    {
        Assert.False(SnapshotFormat.TryRead(File(body), out _, out var fault));
        Assert.Equal("what it holds can't be read", fault);
    }

    [Fact]
    public void AnotherVersion_IsRefusedByName()
    {
        Assert.False(SnapshotFormat.TryRead(File(Body, "2"), out _, out var fault));
        Assert.Equal("another version wrote it", fault);
    }
}
