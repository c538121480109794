/**
 * The text that comes with the product: fables and verses in plain English, written for it. Their forms
 * come again (a beginning, three tries, an end), so that a small network has something to find.
 */
export const FABLES = `The Fox and the Moon

Once there was a fox who lived at the edge of a wood. Every night he looked into the pond, and every night he saw the moon lying there, round and white like a cheese. "I will have that cheese," said the fox, "before the wolf has it."

On the first night he reached for it with his paw, and the water shook, and the moon broke into pieces. On the second night he reached for it with his tail, and the water shook, and the moon broke into pieces. On the third night he jumped into the pond with all four feet, and when he came out again he was cold and wet, and the moon was still in the water.

"Why do you bathe at night?" said the owl in the tree.
"I do not bathe," said the fox. "I hunt for a cheese."
"Then look up," said the owl.
The fox looked up, and there was the moon in the sky, far away and whole. "It has climbed a tree to get away from me," said the fox, and he went home and slept.

He who looks down for what is above will come home with wet feet.

The Hare and the Snail

Once there was a hare who lived in a field of clover. He could run faster than the wind, and he told it to everyone who would listen. He told it to the crow, and the crow flew away. He told it to the cow, and the cow went on eating. He told it to the snail, and the snail said, "Then run to the mill for me, and tell me what the miller is doing."

The hare ran to the mill and back before the snail had closed its eyes. "The miller is grinding corn," said the hare.
"And what does the flour smell of?" said the snail.
"I did not stop to smell it," said the hare.
So the hare ran to the mill again and back again. "It smells of summer," said the hare.
"And what does the mill wheel sing?" said the snail.
"I did not stop to hear it," said the hare.
So the hare ran to the mill a third time, and he came back a third time, and now he was tired and lay down in the clover. "It sings that the water comes and the water goes," said the hare.

"Thank you," said the snail. "Now I have been at the mill, and you have not."

He who goes too fast must go three times.

The Old Woman and the Three Stones

Once there was an old woman who lived in a house by the river. She had three stones on her window, a white one, a grey one and a black one. When a child came by and asked, "What are they for?" she said, "The white one is for the days that were good, the grey one is for the days that were long, and the black one is for the days that were hard."

"And which one is the largest?" said the child.
"Take them into your hand and tell me," said the old woman.
The child took the white stone, and it was light. The child took the grey stone, and it was light. The child took the black stone, and it was light too.
"They are all alike," said the child.
"So they are," said the old woman, "once they are over."

The Days

On Monday the baker bakes the bread,
on Tuesday the tailor sews with thread,
on Wednesday the miller grinds the corn,
on Thursday the shepherd blows his horn,
on Friday the fisher mends his net,
on Saturday no one is finished yet,
on Sunday the bell rings far away,
and all of them sleep till the end of the day.

The Wolf and the Well

Once there was a wolf who lived on a hill. The summer was hot, and the stream was dry, and the wolf was thirsty. He came to a farm, and in the yard there was a well, and on the well there sat a cat.

"Let me drink," said the wolf.
"The well is not mine," said the cat. "Ask the dog."
The wolf went to the dog. "Let me drink," said the wolf.
"The well is not mine," said the dog. "Ask the farmer."
The wolf went to the farmer. "Let me drink," said the wolf.
"The well is not mine," said the farmer. "It was here before me, and it will be here after me. But the bucket is mine, and the rope is mine, and if you leave my sheep alone you may use them."
The wolf thought about it as long as a wolf can think. Then he drank, and he went back to his hill, and all that summer the sheep slept well.

He who asks three times may drink once, and once is enough.

The Crow and the Bell

Once there was a crow who lived in a tower. In the tower there was a bell, and when the bell rang all the people in the town stopped and listened. "When I sing, no one listens," said the crow. "I will learn to sing like the bell."

On the first day she sang loud, but the people closed their windows. On the second day she sang low, but the people did not hear her. On the third day she sang once in the morning, once at noon and once in the evening, and then not at all, and the people said, "Listen, it is the crow. It must be noon."

"Now I sing like the bell," said the crow.

It is not the voice that is heard, it is the hour.

The Tailor and the Shadow

Once there was a tailor who lived in a small house in a large town. He was so poor that he owned nothing but a needle, a thread and a shadow. "I will make a coat for my shadow," said the tailor, "for it goes out with me in all weather, and it has nothing on."

He worked all day, and in the evening the coat was done. But when he put it on the shadow, the sun went down and the shadow was gone, and the coat lay on the floor. A beggar came by and said, "Whose coat is that?"
"It is the coat of my shadow," said the tailor, "but my shadow has gone out without it."
"Then give it to me," said the beggar, "and I will be your shadow."
And so it was. The beggar went behind the tailor in the morning and before him in the evening, and he carried the cloth, and he told everyone who had made his coat. In a year the tailor had a large house in the large town, and a table for two.

What is given away comes back by the door.

The Ant and the Mountain

Once there was an ant who lived at the foot of a mountain. "You are in my way," said the ant to the mountain. "Behind you there is a garden, and in the garden there is a pear, and I want it."
"Go around me," said the mountain.
"You are too wide," said the ant.
"Go over me," said the mountain.
"You are too high," said the ant.
"Then carry me away," said the mountain, and it laughed so that three stones rolled down into the valley.

The ant took the smallest of the three stones and carried it away. The next day it took another one, and the next day it took another one. It came with its sisters, and their children came, and the children of their children. That was long ago. Now there is a road where the mountain was, and the people say that the wind has done it, and the rain. But the ants know better, and they have the garden, and they have the pear.

A little and a little is a mountain.

The Seasons

In spring the rain is soft and low,
it tells the seeds which way to grow;
in summer the sun is high and bright,
it turns the fields from green to white;
in autumn the wind is loud and wide,
it takes the leaves for a long last ride;
in winter the snow is deep and still,
it puts a coat on every hill.

The King and the Clock

Once there was a king who lived in a castle of stone. He had a clock of gold, and the clock was always slow. "It is noon when I say it is noon," said the king, and he sent for the clockmaker.

"Make the clock go faster," said the king, "so that the day is over sooner." The clockmaker made it go faster, and the day was over sooner, but the king was tired all day and awake all night. "Make the clock go slower," said the king, "so that the day is longer." The clockmaker made it go slower, and the day was longer, but the soup was cold when it came to the table, and the bread was old. "Make the clock stand still," said the king, "so that it is always noon." The clockmaker made it stand still, and twice a day it was right, and the king was glad twice a day.

"How did you do it?" said the king. "It was never right before."
"I did nothing," said the clockmaker, "and now it is right as often as nothing can be."

The Goose and the Gate

Once there was a goose who lived in a yard with a gate. Every morning the gate was open, and every evening the gate was closed. "Who opens the gate?" said the goose. "I think that I do, for when I cry in the morning it opens."

On the first morning she cried, and the gate opened. On the second morning she cried, and the gate opened. On the third morning she said, "Today I will not cry, and the gate will stay closed, and all of them will see that it was me." So she was silent, and the boy came with his stick and his bread, and the gate opened.

"You forgot to cry," said the duck.
"I cried quietly," said the goose.

It is easy to command the sun to rise in the morning.

The Miller and the Wind

Once there was a miller who lived in a mill on a hill. When the wind blew, he ground the corn, and when the wind did not blow, he sat before the door and said bad things about it. "You come when you want, and you go when you want," said the miller. "I will find a better servant."

He went to the river and said, "Turn my mill."
"Bring your mill to me," said the river, "for I do not climb hills."
He went to the ox and said, "Turn my mill."
"Bring your field to me," said the ox, "for I do not work for nothing."
He went to the sun and said, "Turn my mill."
"I turn the year," said the sun. "What is a mill?"
So the miller went home, and he sat before the door, and he said nothing at all. Then the wind came up the hill. "I missed your bad words," said the wind. "Without them I did not know where you were." And it blew, and the mill turned, and the miller ground the corn.

The Counting

One is the sun that is high in the sky,
two are the wings on which birds can fly,
three are the legs of the milking stool,
four are the feet of the stubborn mule,
five are the fingers that hold the spoon,
six are the stars that are near to the moon,
seven are the days, and then they are done,
eight are the legs that the spider has spun,
nine are the men at the end of the game,
ten are the toes, and they all have a name.

The Bear and the Honey

Once there was a bear who lived in a cave under a hill. He had found a tree with honey in it, and he told no one. He did not tell the fox, he did not tell the wolf, and he did not tell the hare. Every day he ate of the honey, and every day he wiped his mouth, and every day he said to himself, "No one knows."

But the bees flew behind him wherever he went. "Why do the bees fly behind you?" said the fox.
"They like my songs," said the bear.
"Why do the bees fly behind you?" said the wolf.
"They like my fur," said the bear.
"Why do the bees fly behind you?" said the hare.
"They like my company," said the bear.
"Then I will ask the bees," said the hare, and the bees told it to the hare, and the hare told it to everyone.

He who has a secret should not have it on his nose.

The Shepherd and the Star

Once there was a shepherd who lived under the open sky. He had a hundred sheep, and he counted them every evening, and every evening there were a hundred. But one evening there were ninety and nine. "I have counted badly," said the shepherd, and he counted again, and there were ninety and nine.

He went to the north and called, and no one answered. He went to the east and called, and no one answered. He went to the south and called, and no one answered. He went to the west, and there he saw a star that was lower than the others, and under the star there stood the sheep and looked at it.
"Why did you leave the others?" said the shepherd.
"Because it was alone," said the sheep.
The shepherd sat down beside the sheep, and they looked at the star until it was morning. Then they went home. In the evening he counted, and there were a hundred, and one star.

The Two Brothers

Once there were two brothers who lived on two sides of one river. The older brother had a boat and no bread. The younger brother had bread and no boat. "Give me your boat," said the younger brother, "and I will come over and give you bread."
"Give me your bread," said the older brother, "and I will come over and give you the boat."
So they stood on the two sides of the river and called to each other from morning to evening, and one was hungry, and the other was alone.

On the second day a girl came down to the river. "Why do you call?" said the girl.
"He will not give me his boat," said the one.
"He will not give me his bread," said the other.
"Then throw him half of the bread," said the girl to the younger brother. And he threw it, and the older brother ate it, and when he had eaten he was no longer angry, and he rowed over the river.

He who begins with a half will soon have the whole.

The Rain

Tap, said the rain on the roof of the barn,
tap, said the rain on the pot;
the farmer came in with his coat on his arm
and said it was better than not.

Tap, said the rain on the back of the cow,
tap, said the rain on the hay;
the cow did not ask for the why or the how
and ate it up anyway.

Tap, said the rain on the nose of the cat,
tap, said the rain on her tail;
she went to the kitchen and sat on the mat
and told it to all as a tale.

The Donkey and the Book

Once there was a donkey who lived in the house of a teacher. Every evening the teacher sat at the table and looked into a book, and sometimes he laughed and sometimes he cried. "There must be something good in it," said the donkey, and when the teacher was asleep he ate the first page.

On the next evening the teacher opened the book and said, "The beginning is gone." On the next night the donkey ate the last page, and on the next evening the teacher said, "The end is gone." On the third night the donkey ate all that was left.
"Now you know everything that was in it," said the teacher. "Tell it to me."
The donkey opened his mouth and said what he had always said.
"That is what it was," said the teacher, "but in the book it was longer."

The Frog and the Stork

Once there was a frog who lived in a pond with green water. A stork came to the pond every day, and every day there was one frog less. "We must do something," said the frogs, and they did what they always did, and that was talking.

"I will speak with him," said the smallest frog. He sat down on a leaf in the middle of the pond and waited until the stork came.
"Good morning," said the frog. "You eat one frog every day, and there are thirty of us. What will you eat after thirty days?"
"I will eat at another pond," said the stork.
"There is no other pond," said the frog.
The stork stood on one leg and counted, and then he stood on the other leg and counted again. "Then I will eat one frog every two days," said the stork, "and fish."
"That is better," said the smallest frog, and he jumped from the leaf into the water, for he could count too.

He who thinks about tomorrow eats less today.

The Candle and the Star

Once there was a candle who stood in a window. Above the roof there stood a star. "You are so small," said the candle to the star. "I light the whole room, and you do not even light the roof."
"You are so near," said the star, "and I am so far."
"Far or near, small is small," said the candle.

The night was long. When the clock rang one, the candle was half as long as before. When the clock rang two, it was as long as a finger. When the clock rang three, it was no longer than a nail. "Tell me," said the candle, "how do you do it, that you do not grow shorter?"
"I do grow shorter," said the star, "but I have so much of it that no one has seen it yet."
Then the candle went out, and the room was dark, and in the window there was a small light from far away.

The Market

What will you buy at the market today?
A goose that is white and a horse that is grey,
a loaf that is warm and a cheese that is round,
and all of it cheap, at a penny a pound.

What will you sell at the market today?
The goose if it bites me, the horse if it may,
the loaf if it hardens, the cheese if it smells,
and all of it dear, when they ring with the bells.

The Mouse and the Lion's Dream

Once there was a lion who lived in a country of yellow grass. He slept all day, and when he slept he dreamed, and when he dreamed he roared, and when he roared everyone ran away. Only a mouse did not run away, for she lived under the stone on which he put his head.

"What do you dream of?" said the mouse.
"I dream of a mouse," said the lion, "who is as large as a house, and she comes after me, and I cannot run."
"And what does she want?" said the mouse.
"I do not know," said the lion. "I always wake up before she can say it."
"Then sleep again," said the mouse, "and ask her."
So the lion slept again, and this time he did not roar. When he woke up, it was evening. "She wants me to lie on the other side," said the lion, "because my head is on her door."
"That is what I wanted too," said the mouse.

From that day on the lion slept on the other side, and the country was quiet.

The Smith and the Sword

Once there was a smith who lived at a crossroad. A soldier came from the north and said, "Make me a sword that cuts everything." A soldier came from the south and said, "Make me a shield that nothing can cut." And the smith said to both of them, "Come back in three days."

On the first day he made the fire. On the second day he made the iron hot. On the third day he made a plough.
"Where is my sword?" said the soldier from the north.
"Where is my shield?" said the soldier from the south.
"Here it is," said the smith. "It cuts everything that should be cut, and if you eat what comes of it, nothing will cut you for a year." The soldiers looked at the plough, and they looked at each other. One went in front and pulled it, and one went behind and held it, and where the field is now there was a battle that did not take place.

The Apple Tree

Once there was an apple tree who lived in a garden with a wall. On one side of the wall there lived a rich man, and on the other side there lived a poor man. The tree stood on the side of the rich man, but one branch grew over the wall.

"The apples on that branch are mine," said the rich man, "for the tree is mine."
"The apples on that branch are mine," said the poor man, "for the air is mine."
They went to the judge, and the judge said, "Ask the tree."
So they stood before the tree and asked it, and the tree said nothing. In the spring it had flowers on both sides of the wall, and in the autumn it had apples on both sides of the wall, and they fell down where they wanted.
"It has answered," said the judge.

He who asks a tree must wait until autumn.

The Owl's School

Who, said the owl, has learned to fly?
I, said the lark, for the sky is high.
Who, said the owl, has learned to swim?
I, said the duck, to the other rim.
Who, said the owl, has learned to run?
I, said the hare, in the morning sun.
Who, said the owl, has learned to wait?
I, said the snail, but I came too late.

The Boy and the Echo

Once there was a boy who lived in a valley between two hills. He had no brother and he had no sister, and so he talked to the hills. "Who are you?" said the boy.
"Who are you?" said the hills.
"I am the boy from the valley," said the boy.
"I am the boy from the valley," said the hills.
"That is not true," said the boy, and he was angry.
"That is not true," said the hills, and they were angry too.

The boy went home and told it to his mother. "There is another boy in the hills," he said, "and he says that he is me, and he is angry."
"Then go and tell him that you are sorry," said his mother.
The boy went out again and called, "I am sorry!"
"I am sorry!" said the hills.
"Come and eat with us!" said the boy.
"Come and eat with us!" said the hills.
And so they ate, the boy in the valley and the boy in the hills, and each of them had bread and milk, and each of them was glad that the other one was there.

The Spider and the Gold

Once there was a spider who lived in the room where a king kept his gold. She made her net from the door to the window, and every morning there was dew on it, and in the light it was like silver. The king came in to count his gold. He counted one, he counted two, he counted three, and then he saw the net and forgot how far he had counted.

"Take it away," said the king to the servant, and the servant took it away. On the next morning there was a new one. "Take it away," said the king to the servant, and the servant took it away. On the third morning there was a new one, and the king sat down on his gold and looked at it until noon.
"Shall I take it away?" said the servant.
"Take away the gold," said the king. "It does not change."

The Long Night

Once, in the middle of winter, there was a night that did not end. The farmer looked out of the window, and it was dark. The miller looked out of the window, and it was dark. The tailor looked out of the window, and it was dark. They came together in the street, each with a lamp in his hand.

"The sun has forgotten us," said the farmer.
"The sun is tired," said the miller.
"The sun is lost," said the tailor, "and we must call it."
So they called, and the dogs barked, and the cocks cried, and the bells rang, and all the people came out of their houses, each with a lamp in his hand, until the whole street was as bright as day. They talked, and they laughed, and they drank warm milk, and no one looked at the sky. And when the lamps went out at last, the sun stood above the hill, and no one could say how long it had been there.

The night is as long as one looks at it.

The Song of the River

I come from the hill and I go to the sea,
I carry the leaf that has come from the tree,
I carry the boat and the boy and the song,
I carry them far and I carry them long.
The mill has its wheel and the wheel has its round,
the field has its corn and the corn has its ground,
the day has its work and the night has its sleep,
but what I am carrying no one can keep.
I come from the hill and I go to the sea,
and no one who calls me will hold on to me.

The Cat and the Two Doors

Once there was a cat who lived in a house with two doors. When she sat before the front door, she wanted to go out by the back door. When she sat before the back door, she wanted to go out by the front door. "Open," said the cat, and the man opened the door. "Close," said the cat, and the man closed the door.

"You are never where you want to be," said the man.
"I am always where I want to be," said the cat, "but never for long."
So the man took a saw, and he made a small hole in the front door and a small hole in the back door, and now the cat could go in and out as she wanted. She looked at the first hole, and she looked at the second hole. Then she lay down before the fire and slept.

It is not the door that the cat wants, it is the man who opens it.

The Tortoise and the Road

Once there was a tortoise who lived beside a road. She saw the carts go to the town in the morning, and she saw them come back in the evening. "What is in the town?" said the tortoise.
"Bread and noise," said the horse.
"And what is at the other end of the road?" said the tortoise.
"Grass and silence," said the horse.
"And what is in the middle?" said the tortoise.
"You are," said the horse, and he went on.

The tortoise thought about it for a year. Then she began to walk. She walked for a day, and she walked for a week, and she walked for a month, and when she looked around she was on the other side of the road. There was a stone there which she had seen every day of her life, but never from this side.
"It is a new world," said the tortoise, and she lay down on the stone, and it was warm.

The End of the Day

The hen is asleep and the dog is asleep,
the shepherd is home with the last of the sheep,
the smith has no fire and the baker no bread,
the king has his crown on the post of the bed.
The fox is awake, but he walks without sound,
the owl is awake, and she looks all around,
the moon is awake in the pond and the sky,
and which is the true one the fox wonders why.
`;
