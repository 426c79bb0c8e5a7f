using System.Buffers;
using System.Net;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Server.Tests.Hello;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests.Protocols;

/// <summary>protobuf reads what is in an Any as a message of its own: bytes may nest Anys as deep as a message is long, and JSON must not.</summary>
public sealed class NestedAnyTests : IAsyncLifetime
{
    private static readonly MessageJson s_json = new([LibraryReflection.Descriptor, HelloReflection.Descriptor], writesDefaults: false);

    private HelloServer _hello = null!;
    private LibraryServer _library = null!;

    public async Task InitializeAsync() => (_hello, _library) = (await HelloServer.StartAsync(), await LibraryServer.StartAsync());

    public async Task DisposeAsync()
    {
        await _hello.DisposeAsync();
        await _library.DisposeAsync();
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    [InlineData(20_000, false)]
    public async Task Chain_IsWrittenToADepthOf100(int length, bool expected)
    {
        var chain = Chain(length);
        _hello.Behavior.Remember = (_, _) => Task.FromResult(new Memory { Detail = chain });
        _library.Behavior.Page = (_, _) => Task.FromResult(new ListBooksReply { Extra = chain });
        _library.Behavior.ListBooks = (_, responses, _) => responses.WriteAsync(new Book { Extra = chain });

        using var connect = await _hello.PostAsync(HelloServer.Remember, "{}");
        using var route = await _library.SendAsync("GET", "/v1/page");
        using var stream = await _library.SendAsync("GET", "/v1/books");

        foreach (var response in new[] { connect, route })
        {
            var text = await response.Content.ReadAsStringAsync().WithinAsync();
            Assert.True(response.StatusCode == (expected ? HttpStatusCode.OK : HttpStatusCode.InternalServerError), text);
            Assert.Equal(expected, !text.Contains("nested more than 100 deep", StringComparison.Ordinal));
        }

        var lines = await stream.Content.ReadAsStringAsync().WithinAsync();
        Assert.Equal(expected, !lines.Contains("nested more than 100 deep", StringComparison.Ordinal));
    }

    // The details of an error are the handler's bytes, too.
    [Theory]
    [InlineData(100, true)]
    [InlineData(200, false)]
    public async Task ChainInTheDetailsOfAnError_IsWrittenOrGivenAsBytes(int length, bool expected)
    {
        var details = new Google.Rpc.Status { Code = 5, Details = { Chain(length) } };
        var failure = new RpcException(new Status(StatusCode.NotFound, "none"), [new Metadata.Entry("grpc-status-details-bin", details.ToByteArray())]);
        _hello.Behavior.Remember = (_, _) => throw failure;
        _library.Behavior.Page = (_, _) => throw failure;

        using var connect = await _hello.PostAsync(HelloServer.Remember, "{}");
        using var route = await _library.SendAsync("GET", "/v1/page");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (connect.StatusCode, route.StatusCode));
        Assert.Equal(expected, (await connect.Content.ReadAsStringAsync().WithinAsync()).Contains("\"debug\"", StringComparison.Ordinal));
        Assert.Equal(expected, (await route.Content.ReadAsStringAsync().WithinAsync()).Contains("\"last\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(99, true)]
    [InlineData(100, false)]
    public void Chain_IsFoundInLists(int length, bool expected)
    {
        var reply = new ListBooksReply { Books = { new Book { Name = "first" }, new Book { Extra = Chain(length) } } };

        Assert.Equal(expected, s_json.TryFormat(reply, field: null, out _, out _));
        Assert.Equal(expected, s_json.TryFormat(reply, ListBooksReply.Descriptor.FindFieldByName("books"), out _, out _));
    }

    [Fact]
    public void ChainOfOtherMessages_IsCountedByItsAnys()
    {
        var memory = new Memory();
        for (var i = 0; i < 100; i++)
        {
            memory = new Memory { Detail = new Any { TypeUrl = "x/hello.Memory", Value = memory.ToByteString() } };
        }

        Assert.True(s_json.TryFormat(memory, field: null, out _, out _));
        Assert.False(s_json.TryFormat(new Memory { Inner = memory }, field: null, out _, out var fault));
        Assert.EndsWith("nested more than 100 deep", fault, StringComparison.Ordinal);
    }

    // Each Any is one level of JSON, with the message in it.
    [Fact]
    public void WhatIsReadAsDeepAsItGoes_IsWritten()
    {
        var json = string.Concat(Enumerable.Repeat("""{"@type":"x/hello.Memory","detail":""", 98)) + """{"@type":"x/hello.Memory"}""" + new string('}', 98);

        var memory = s_json.Parse(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes($$"""{"detail":{{json}}}""")), Memory.Descriptor, field: null);

        Assert.True(s_json.TryFormat(memory, field: null, out var text, out var fault), fault);
        Assert.Equal(99, text.Split("@type").Length - 1);
    }

    // Each in front of what it holds: to pack one after the other copies all that there is each time.
    private static Any Chain(int length)
    {
        var last = Any.Pack(new StringValue { Value = "last" }, "x").ToByteArray();
        var type = new Any { TypeUrl = "x/google.protobuf.Any" }.ToByteArray();
        var heads = new Stack<byte[]>();
        var size = last.Length;
        for (var i = 1; i < length; i++)
        {
            // Behind the type the tag of the value, and its length as of any number.
            heads.Push([.. type, 0x12, .. new UInt32Value { Value = (uint)size }.ToByteArray()[1..]]);
            size += heads.Peek().Length;
        }

        return Any.Parser.ParseFrom([.. heads.SelectMany(static head => head), .. last]);
    }
}
