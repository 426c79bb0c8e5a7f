using System.Text.Json.Nodes;
using Rollcall.Cli.Commands.Migration.Definitions;

namespace Rollcall.Cli.Tests.Commands.Migration.Definitions;

public sealed class LikenessTests
{
    [Theory]
    [InlineData("""{"A":1,"B":2}""", """{"B":2,"A":1}""", true)]
    [InlineData("""{"A":1}""", """{"A":1,"B":null,"C":"","D":0,"E":false,"F":[],"G":{},"H":{"I":{"J":""}}}""", true)]
    [InlineData("""{"A":[1,2]}""", """{"A":[2,1]}""", false)]
    [InlineData("""{"A":[{}]}""", """{"A":[]}""", false)]
    [InlineData("""{"A":1}""", """{"A":"1"}""", false)]
    [InlineData("""{"A":true}""", """{"A":false}""", false)]
    [InlineData("""{"Name":"a"}""", """{"Name":"A"}""", false)]

    // What users wrote freely: an empty text is not none.
    [InlineData("""{"Config":{"a":""}}""", """{"Config":{}}""", false)]
    [InlineData("""{"Config":{"a":{"b":0}}}""", """{"Config":{"a":{}}}""", false)]
    [InlineData("""{"Meta":{}}""", """{"Meta":null}""", true)]
    public void Form_IsTheSameForDocumentsThatSayTheSame(string one, string other, bool same) =>
        Assert.Equal(same, Likeness.Form(JsonNode.Parse(one)) == Likeness.Form(JsonNode.Parse(other)));
}
