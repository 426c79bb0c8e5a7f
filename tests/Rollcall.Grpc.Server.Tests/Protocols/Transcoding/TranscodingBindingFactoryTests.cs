using Google.Api;
using Google.Protobuf.Reflection;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

public sealed class TranscodingBindingFactoryTests
{
    private static readonly MethodDescriptor s_method = LibraryReflection.Descriptor.Services[0].FindMethodByName("Search");

    public static TheoryData<string, HttpRule> Faults => new()
    {
        { "names no HTTP method", new HttpRule { Body = "*" } },
        { "starts with '/'", new HttpRule { Get = "v1" } },
        { "'{' is not closed", new HttpRule { Get = "/v1/{name" } },
        { "no field 'title', which '/v1/{title}' binds", new HttpRule { Get = "/v1/{title}" } },
        { "no field 'place.title'", new HttpRule { Get = "/v1/{place.title}" } },
        { "'name' is not a single message and has no field 'x'", new HttpRule { Get = "/v1/{name.x}" } },
        { "'place' is repeated, a map or a message", new HttpRule { Get = "/v1/{place}" } },
        { "'numbers' is repeated", new HttpRule { Get = "/v1/{numbers}" } },
        { "'labels' is repeated, a map", new HttpRule { Get = "/v1/{labels}" } },
        { "'int32Value' is bound twice", new HttpRule { Get = "/v1/{int32_value}/{int32Value}" } },
        { "'text.value' is bound twice", new HttpRule { Get = "/v1/{text}/{text.value}" } },
        { "no field 'text.other'", new HttpRule { Get = "/v1/{text.other}" } },
        { "no field 'nobody', which 'body' names", new HttpRule { Post = "/v1", Body = "nobody" } },
        { "no field 'place.room', which 'body' names", new HttpRule { Post = "/v1", Body = "place.room" } },
        { "no field 'nothing', which 'response_body' names", new HttpRule { Get = "/v1", ResponseBody = "nothing" } },
        { "names no HTTP method in 'kind'", new HttpRule { Custom = new CustomHttpPattern { Path = "/v1" } } },
        {
            "additional bindings of its own",
            new HttpRule
            {
                Get = "/v1",
                AdditionalBindings = { new HttpRule { Get = "/v2", AdditionalBindings = { new HttpRule { Get = "/v3" } } } },
            }
        },
        {
            "two of its bindings have the route 'GET /V1/{flag}'",
            new HttpRule { Get = "/v1/{name}", AdditionalBindings = { new HttpRule { Get = "/V1/{flag}" } } }
        },
        {
            "two of its bindings have the route 'put /v3'",
            new HttpRule
            {
                Get = "/v1",
                AdditionalBindings = { new HttpRule { Put = "/v3" }, new HttpRule { Custom = new CustomHttpPattern { Kind = "put", Path = "/v3" } } },
            }
        },
        { "a segment is empty", new HttpRule { Get = "/v1", AdditionalBindings = { new HttpRule { Get = "/v2/" } } } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void WrongRule_NamesMethodAndFault(string expected, HttpRule rule)
    {
        var error = Assert.Throws<InvalidOperationException>(() => TranscodingBindingFactory.Create(s_method, rule).ToList());

        Assert.Contains("rollcall.test.library.Library.Search", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("swapped.a", 1)]
    [InlineData("swapped.b", 2)]
    [InlineData("swapped.c", 3)]
    [InlineData("swapped.d", 3)]
    public void VariableOfAPath_NamesTheFieldAsItIsDeclaredFirst(string name, int number)
    {
        var binding = Assert.Single(TranscodingBindingFactory.Create(s_method, new HttpRule { Get = $"/v1/{{{name}}}" }));

        Assert.Equal(number, Assert.Single(binding.PathFields).Leaf.FieldNumber);
    }

    [Fact]
    public void Rule_IsReadFromTheOptionsOfTheMethod()
    {
        var rule = HttpRuleReader.Find(LibraryReflection.Descriptor.Services[0].FindMethodByName("UpdateBook"));

        Assert.Equal("/v1/{book.name=shelves/*/books/*}", rule?.Patch);
        Assert.Equal("book", rule?.Body);
        Assert.Equal("/v1/{book.name=shelves/*/books/*}", Assert.Single(rule!.AdditionalBindings).Put);
        Assert.Null(HttpRuleReader.Find(Rollcall.Grpc.Tests.Protos.EchoReflection.Descriptor.Services[0].Methods[0]));
    }

    [Theory]
    [InlineData("/v1/{name=shelves/*}:x", "/V1/Shelves/{place.room}:X", true)]
    [InlineData("/v1/*", "/v1/{name}", true)]
    [InlineData("/v1/*", "/v1/**", false)]
    [InlineData("/v1/*", "/v1/*:x", false)]
    public void Shape_IsThatOfThePathsMatched(string one, string other, bool same)
    {
        Assert.True(PathTemplate.TryParse(one, out var first, out _));
        Assert.True(PathTemplate.TryParse(other, out var second, out _));

        Assert.Equal(same, PathTemplateRoute.GetShape(first) == PathTemplateRoute.GetShape(second));
    }

    [Fact]
    public void RouteOfTwoMethods_NamesTheOwner()
    {
        var mapped = new MappedServices();
        var scope = new object();

        Assert.Null(mapped.ClaimRoute(scope, "GET /V1:", "a"));
        Assert.Null(mapped.ClaimRoute(scope, "GET /V1:", "a"));
        Assert.Null(mapped.ClaimRoute(new object(), "GET /V1:", "b"));
        Assert.Equal("a", mapped.ClaimRoute(scope, "GET /V1:", "b"));
    }
}
